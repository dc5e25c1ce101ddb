/// How many bytes each node of a graph has in its file, and the names of its operators (spec 4.13).
///
/// So that a tool can list a graph whose operators it does not know; who knows them all only checks it.
struct NodeLengths {
  /// An operator in one of its versions.
  struct Kind {
    var code: UInt16
    var version: UInt8
    var name: String
  }

  /// What the graph is made of, each once, in the order of codes and versions.
  var kinds: [Kind] = []
  /// Bytes of each node's record.
  var lengths: [Int] = []

  /// Those of a graph.
  ///
  /// - Parameters:
  ///   - version: that of a node's operator.
  ///   - offsets: where each node begins, and where the last one ends.
  init(_ graph: Graph, version: (Node) -> UInt8, offsets: [UInt64]) throws(FormatError) {
    try requireMemory(256 * (graph.nodes.count + 256))
    for node in graph.nodes {
      let (code, version) = (node.operator.code, version(node))
      let place = kinds.firstIndex { ($0.code, $0.version) >= (code, version) } ?? kinds.count
      if place < kinds.count, (kinds[place].code, kinds[place].version) == (code, version) { continue }
      kinds.insert(Kind(code: code, version: version, name: node.operator.name), at: place)
    }
    lengths = zip(offsets, offsets.dropFirst()).map { Int($1 - $0) }
  }

  /// Reads an nLEN payload.
  ///
  /// - Parameter graph: what it must say; nil where the graph cannot be read.
  init(_ reader: inout ByteReader, agreeingWith graph: NodeLengths?) throws(FormatError) {
    for index in 0..<(try Self.count(&reader, graph?.kinds.count, Limits.nodes)) {
      try requireMemory(1 << 16)
      let own = graph?.kinds[index]
      let code = try Self.field(&reader, own?.code) { reader throws(FormatError) in try reader.u16() }
      let version = try Self.field(&reader, own?.version) { reader throws(FormatError) in try reader.u8() }
      let place = reader.offset
      let name = try reader.string(limit: Limits.nameBytes, what: "An operator's name")
      guard name.isName else {
        throw FormatError(.value, at: place, "An operator's name must be a plain name.")
      }
      if let own, !own.name.utf8.elementsEqual(name.utf8) { throw Self.disagreement(place) }
      kinds.append(Kind(code: code, version: version, name: name))
    }
    for index in 0..<(try Self.count(&reader, graph?.lengths.count, Limits.nodes)) {
      try requireMemory(1 << 16)
      let own = graph.map { UInt16($0.lengths[index]) }
      lengths.append(Int(try Self.field(&reader, own) { reader throws(FormatError) in try reader.u16() }))
    }
    try reader.finish("The record of node lengths")
  }

  private static func count(
    _ reader: inout ByteReader, _ own: Int?, _ limit: Int
  ) throws(FormatError) -> Int {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard (1...limit).contains(count) else {
      throw FormatError(
        .limit, at: place, "The record of node lengths counts \(count); 1 to \(limit) are allowed.")
    }
    guard own ?? count == count else { throw disagreement(place) }
    return count
  }

  private static func field<Value: Equatable>(
    _ reader: inout ByteReader, _ own: Value?, _ read: (inout ByteReader) throws(FormatError) -> Value
  ) throws(FormatError) -> Value {
    let place = reader.offset
    let value = try read(&reader)
    guard own ?? value == value else { throw disagreement(place) }
    return value
  }

  private static func disagreement(_ place: UInt64) -> FormatError {
    FormatError(.value, at: place, "The record of node lengths does not agree with the graph.")
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    writer.u16(UInt16(kinds.count))
    for kind in kinds {
      writer.u16(kind.code)
      writer.u8(kind.version)
      try writer.string(kind.name, limit: Limits.nameBytes, what: "An operator's name")
    }
    writer.u16(UInt16(lengths.count))
    for length in lengths { writer.u16(UInt16(length)) }
  }
}
