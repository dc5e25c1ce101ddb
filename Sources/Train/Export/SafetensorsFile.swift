public import FermFormat
internal import Foundation

/// The tensors of a safetensors file, as fp32.
public struct SafetensorsFile {
  /// The tensors by name.
  public let tensors: [String: (shape: Shape, values: [Float])]

  private struct Record: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Reads a file; every length is checked before it is believed.
  ///
  /// - Throws: `checkpoint`, naming file and tensor. Tensors of whole numbers, such as step counters, are left out.
  public init(path: String) throws(TrainError) {
    func bad(_ what: String) -> TrainError { .checkpoint("\(path): \(what)") }
    guard let data = FileManager.default.contents(atPath: path) else { throw bad("the file cannot be read.") }
    guard data.count >= 8 else { throw bad("this is not a safetensors file: it has \(data.count) bytes.") }
    let length = data.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << UInt64(8 * $1.offset)
    }
    guard length <= 100_000_000, Int(length) <= data.count - 8 else {
      throw bad("this is not a safetensors file: its header would have \(length) bytes.")
    }
    let header = data.dropFirst(8).prefix(Int(length))
    guard let object = try? JSONSerialization.jsonObject(with: header) as? [String: Any] else {
      throw bad("the header is not a JSON object.")
    }
    let body = data.dropFirst(8 + Int(length))
    var tensors: [String: (shape: Shape, values: [Float])] = [:]
    for (name, value) in object where name != "__metadata__" {
      guard let raw = try? JSONSerialization.data(withJSONObject: value),
        let record = try? JSONDecoder().decode(Record.self, from: raw), record.offsets.count == 2,
        record.shape.count <= Limits.rank, let count = Self.count(record.shape)
      else { throw bad("the record of tensor \(name) is not understood.") }
      let widths = ["F32": 4, "F16": 2, "BF16": 2, "F64": 8]
      guard let width = widths[record.dtype] else { continue }
      let (start, end) = (record.offsets[0], record.offsets[1])
      let shape = Shape(record.shape)
      guard start >= 0, end >= start, end <= body.count, end - start == count * width
      else { throw bad("tensor \(name) does not lie within the file as its shape says.") }
      let bytes = Array(body.dropFirst(start).prefix(end - start))
      tensors[name] = (shape, Self.floats(bytes, record.dtype, count: count))
    }
    self.tensors = tensors
  }

  /// The product of the dimensions; nil beyond the limits, before it could overflow.
  private static func count(_ dimensions: [Int]) -> Int? {
    var count = 1
    for dimension in dimensions {
      guard (1...Limits.dimension).contains(dimension) else { return nil }
      count *= dimension
      guard count <= Limits.elements else { return nil }
    }
    return count
  }

  private static func floats(_ bytes: [UInt8], _ type: String, count: Int) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<count).map { i in
        switch type {
        case "F32":
          Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)))
        case "F64":
          Float(
            Double(
              bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self))))
        case "F16":
          Float(halfBits: UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
        default:
          Float(
            bitPattern: UInt32(
              UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))) << 16)
        }
      }
    }
  }

  /// Copies the tensors into a network's parameters; names and shapes must match one to one.
  public func load(into network: any Network, path: String) throws(TrainError) {
    var unused = Set(tensors.keys)
    for parameter in network.parameters {
      guard let tensor = tensors[parameter.name] else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is missing; is this another network's checkpoint?")
      }
      guard tensor.shape == parameter.value.shape else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is \(tensor.shape.description) where the network has \(parameter.value.shape.description)."
        )
      }
      for (i, value) in tensor.values.enumerated() { parameter.value.data[i] = value }
      unused.remove(parameter.name)
    }
    if let name = unused.sorted().first {
      throw .checkpoint("\(path): the network has no tensor \(name); is this another network's checkpoint?")
    }
  }
}
