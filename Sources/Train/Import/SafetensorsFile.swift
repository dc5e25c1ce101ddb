internal import FermFormat
internal import Foundation

/// A safetensors file: the length of a JSON header, the header, and the tensors' bytes
/// (https://github.com/huggingface/safetensors).
enum SafetensorsFile {
  /// A tensor as the header states it.
  private struct Record: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: (start: Int, end: Int)

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      dtype = try container.decode(String.self, forKey: .dtype)
      shape = try container.decode([Int].self, forKey: .shape)
      var pair = try container.nestedUnkeyedContainer(forKey: .offsets)
      offsets = (try pair.decode(Int.self), try pair.decode(Int.self))
    }
  }

  /// The records by name; `__metadata__`, which says nothing about tensors, is left out.
  private struct Header: Decodable {
    var records: [String: Record] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys where name.stringValue != "__metadata__" {
        records[name.stringValue] = try container.decode(Record.self, forKey: name)
      }
    }

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  private static let types: [String: ForeignElement] = [
    "F64": .fp64, "F32": .fp32, "F16": .fp16, "BF16": .bf16,
  ]

  /// A longer header is refused: it holds names and shapes only.
  private static let largestHeader = 4 << 20

  /// Its tensors by name.
  static func tensors(_ file: ImportSource) throws(ImportProblem) -> [String: Checkpoint.Tensor] {
    guard file.count >= 8 else {
      throw ImportProblem("this is neither a safetensors file nor a PyTorch checkpoint.")
    }
    let length = try file.bytes(0..<8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << UInt64(8 * $1.offset)
    }
    guard length <= UInt64(file.count - 8) else {
      throw ImportProblem(
        "this is neither a PyTorch checkpoint nor a safetensors file, whose header would have \(length) bytes."
      )
    }
    guard length <= UInt64(largestHeader) else {
      throw ImportProblem("its header has \(length) bytes; that of a checkpoint stays below 4 MB.")
    }
    let start = 8 + Int(length)
    let records = try records(Data(try file.bytes(8..<start)))
    guard records.count <= Limits.tensors else {
      throw ImportProblem("it holds \(records.count) tensors; at most \(Limits.tensors) are allowed.")
    }
    var tensors: [String: Checkpoint.Tensor] = [:]
    // One after the other without gap or overlap: so a file cannot grow in memory.
    var (place, total) = (0, 0)
    for (name, record) in records.sorted(by: { $0.value.offsets < $1.value.offsets }) {
      guard let shape = Shape(stated: record.shape) else {
        throw ImportProblem("tensor \(name) is larger than any model's, or has a dimension of 0.")
      }
      let (first, end) = (record.offsets.start, record.offsets.end)
      guard first == place, end >= first, end <= file.count - start else {
        throw ImportProblem("tensor \(name) does not follow the one before it in the file.")
      }
      place = end
      guard let type = types[record.dtype] else { continue }
      guard end - first == shape.count * type.width else {
        throw ImportProblem("tensor \(name) has not the size that its shape says.")
      }
      total += shape.count
      guard total <= Limits.decodedBytes / 4 else {
        throw ImportProblem("its tensors have more than \(Limits.decodedBytes / 4) elements together.")
      }
      // SAFETY: the range was compared with the shape.
      let values = unsafe try file.bytes((start + first)..<(start + end)).withUnsafeBytes { bytes in
        (0..<shape.count).map { unsafe type.value(bytes, $0) }
      }
      tensors[name] = Checkpoint.Tensor(shape: shape, values: values)
    }
    guard place == file.count - start else {
      throw ImportProblem("\(file.count - start - place) bytes follow the last tensor.")
    }
    return tensors
  }

  private static func records(_ header: Data) throws(ImportProblem) -> [String: Record] {
    do { return try JSONDecoder().decode(Header.self, from: header).records } catch {
      switch error as? DecodingError {
      case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
        guard let name = context.codingPath.first else { break }
        throw ImportProblem("the record of tensor \(name.stringValue) is not understood.")
      default: break
      }
      throw ImportProblem("the header is not a JSON object.")
    }
  }
}
