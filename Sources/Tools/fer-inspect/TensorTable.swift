import FermFormat
import FermToolSupport

/// What a tensor's elements are like.
struct TensorStatistics {
  /// Of the finite elements.
  private(set) var smallest = Double.infinity
  private(set) var largest = -Double.infinity
  private(set) var mean = 0.0
  /// The root of the mean squared distance from the mean.
  private(set) var deviation = 0.0
  private(set) var zeros = 0
  /// Elements that are infinite or no number.
  private(set) var notFinite = 0

  init(_ elements: [Float]) {
    var sum = 0.0
    for element in elements {
      guard element.isFinite else {
        notFinite += 1
        continue
      }
      let value = Double(element)
      (smallest, largest) = (min(smallest, value), max(largest, value))
      sum += value
      if value == 0 { zeros += 1 }
    }
    let count = Double(elements.count - notFinite)
    guard count > 0 else { return }
    mean = sum / count
    var squares = 0.0
    for element in elements where element.isFinite {
      squares += (Double(element) - mean) * (Double(element) - mean)
    }
    deviation = (squares / count).squareRoot()
  }
}

/// One line a tensor: what it is, how it is packed, and what its elements are like. Reads all weights, one tensor at a time.
func tensorTable(of file: ModelFile) throws(FormatError) -> String {
  var rows = [
    [
      "tensor", "shape", "type", "codec", "stored", "packed", "smallest", "largest", "mean", "deviation",
      "zeros",
    ]
  ]
  var odd: [String] = []
  for (index, tensor) in file.tensors.enumerated() {
    let statistics = TensorStatistics(try file.loadTensor(index).floats())
    rows.append([
      tensor.info.name, tensor.info.shape.description, tensor.info.type.name, tensor.codec.name,
      grouped(tensor.storedBytes), percent(tensor.storedBytes, of: tensor.info.byteCount),
      short(statistics.smallest), short(statistics.largest), short(statistics.mean),
      short(statistics.deviation),
      statistics.zeros == 0 ? "" : percent(statistics.zeros, of: tensor.info.shape.count),
    ])
    if statistics.notFinite > 0 {
      odd.append("\(tensor.info.name) has \(grouped(statistics.notFinite)) elements that are infinite or NaN")
    }
  }
  return (table(rows, leftColumns: 4, indent: "") + odd).joined(separator: "\n")
}

/// The same for programs.
func tensorDump(of file: ModelFile) throws(FormatError) -> JSONValue {
  var tensors: [JSONValue] = []
  for (index, tensor) in file.tensors.enumerated() {
    let statistics = TensorStatistics(try file.loadTensor(index).floats())
    tensors.append(
      .members(
        ("name", .string(tensor.info.name)),
        ("shape", .array(tensor.info.shape.dimensions.map { .int($0) })),
        ("type", .string(tensor.info.type.name)), ("codec", .string(tensor.codec.name)),
        ("stored_bytes", .int(tensor.storedBytes)), ("decoded_bytes", .int(tensor.info.byteCount)),
        ("smallest", .double(statistics.smallest)), ("largest", .double(statistics.largest)),
        ("mean", .double(statistics.mean)), ("deviation", .double(statistics.deviation)),
        ("zeros", .int(statistics.zeros)), ("not_finite", .int(statistics.notFinite))))
  }
  return .array(tensors)
}
