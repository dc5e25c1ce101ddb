public import FermFormat
internal import Foundation

extension Model {
  /// Writes names, shapes and weights as a safetensors file (https://github.com/huggingface/safetensors), whole or not at all.
  ///
  /// fp32, fp16 and bf16 stay what they are; int8 becomes fp32, as the format has no scales. Graph, preprocessing and
  /// self-tests are not in it; name and labels are in its metadata.
  public func writeSafetensors(to path: String) throws(FormatError) {
    var header =
      "{\"__metadata__\":{\"labels\":\(Self.quoted(labels.names.joined(separator: ","))),\"name\":\"\(name)\"}"
    var body = Data()
    for tensor in tensors {
      let start = body.count
      let dtype =
        switch tensor.info.type {
        case .fp32, .int8: "F32"
        case .fp16: "F16"
        case .bf16: "BF16"
        }
      if tensor.info.type == .int8 {
        tensor.floats().withUnsafeBytes { body.append(contentsOf: $0) }
      } else {
        withExtendedLifetime(tensor) { body.append(contentsOf: tensor.elements) }
      }
      let shape = tensor.info.shape.dimensions.map { String($0) }.joined(separator: ",")
      header +=
        ",\"\(tensor.info.name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(body.count)]}"
    }
    header += "}"
    // Spaces keep the elements on multiples of eight.
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var file = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(contentsOf: header.utf8)
    file.append(body)
    do { try file.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw FormatError(.io, "It cannot be written: \(error.localizedDescription).")
    }
  }

  /// A text as a JSON string.
  private static func quoted(_ text: String) -> String {
    let encoded = try? JSONEncoder().encode(text)
    return encoded.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
