internal import FermFormat
internal import Foundation

/// A safetensors file: the length of a JSON header, the header, and the tensors' bytes
/// (https://github.com/huggingface/safetensors).
enum SafetensorsFile {
  private struct Record: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private static let types: [String: ForeignElement] = [
    "F64": .fp64, "F32": .fp32, "F16": .fp16, "BF16": .bf16,
  ]

  /// Its tensors by name.
  static func tensors(_ file: Data) throws(ImportProblem) -> [String: Checkpoint.Tensor] {
    guard file.count >= 8 else {
      throw ImportProblem("this is neither a safetensors file nor a PyTorch checkpoint.")
    }
    let length = file.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << UInt64(8 * $1.offset)
    }
    guard length <= 100_000_000, Int(length) <= file.count - 8 else {
      throw ImportProblem(
        "this is neither a PyTorch checkpoint nor a safetensors file, whose header would have \(length) bytes."
      )
    }
    let header = file.dropFirst(8).prefix(Int(length))
    guard let object = try? JSONSerialization.jsonObject(with: header) as? [String: Any] else {
      throw ImportProblem("the header is not a JSON object.")
    }
    let body = file.dropFirst(8 + Int(length))
    var tensors: [String: Checkpoint.Tensor] = [:]
    for (name, value) in object where name != "__metadata__" {
      guard let raw = try? JSONSerialization.data(withJSONObject: value),
        let record = try? JSONDecoder().decode(Record.self, from: raw), record.offsets.count == 2,
        let shape = Shape(stated: record.shape)
      else { throw ImportProblem("the record of tensor \(name) is not understood.") }
      guard let type = types[record.dtype] else { continue }
      let (start, end) = (record.offsets[0], record.offsets[1])
      guard start >= 0, end >= start, end <= body.count, end - start == shape.count * type.width
      else { throw ImportProblem("tensor \(name) does not lie within the file as its shape says.") }
      let values = body.dropFirst(start).prefix(end - start).withUnsafeBytes { bytes in
        (0..<shape.count).map { type.value(bytes, $0) }
      }
      tensors[name] = Checkpoint.Tensor(shape: shape, values: values)
    }
    return tensors
  }
}
