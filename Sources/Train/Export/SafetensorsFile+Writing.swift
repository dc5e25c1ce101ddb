public import FermFormat
internal import Foundation

extension Model {
  /// Names, shapes and weights as a safetensors file (https://github.com/huggingface/safetensors).
  ///
  /// fp32, fp16 and bf16 stay what they are; int8 becomes fp32, as the format has no scales. Graph, preprocessing and
  /// self-tests are not in it; name and labels are in its metadata.
  public var safetensors: [UInt8] {
    var header =
      "{\"__metadata__\":{\"labels\":\(Self.quoted(labels.names.joined(separator: ","))),\"name\":\"\(name)\"}"
    var body: [UInt8] = []
    for tensor in tensors {
      let start = body.count
      let dtype =
        switch tensor.info.type {
        case .fp32, .int8: "F32"
        case .fp16: "F16"
        case .bf16: "BF16"
        }
      if tensor.info.type == .int8 {
        unsafe tensor.floats().withUnsafeBytes { unsafe body.append(contentsOf: $0) }
      } else {
        // SAFETY: the tensor holds its elements until they are copied.
        withExtendedLifetime(tensor) { unsafe body.append(contentsOf: tensor.elements) }
      }
      let shape = tensor.info.shape.dimensions.map { String($0) }.joined(separator: ",")
      header +=
        ",\"\(tensor.info.name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(body.count)]}"
    }
    header += "}"
    // Spaces keep the elements on multiples of eight.
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    return unsafe withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { unsafe Array($0) }
      + header.utf8 + body
  }

  /// A text as a JSON string.
  private static func quoted(_ text: String) -> String {
    let encoded = try? JSONEncoder().encode(text)
    return encoded.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
