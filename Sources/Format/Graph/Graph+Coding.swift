extension Graph {
  /// Reads a GRPH payload (spec 4.4) of operators of a set; returns where each node begins as well.
  static func read(
    _ reader: inout ByteReader, set: UInt16
  ) throws(FormatError) -> (graph: Graph, offsets: [UInt64]) {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard count >= 1, count <= Limits.nodes else {
      throw FormatError(.limit, at: place, "The graph has \(count) nodes; 1 to \(Limits.nodes) are allowed.")
    }
    var graph = Graph()
    var offsets: [UInt64] = []
    for _ in 0..<count {
      try requireMemory(256 * (graph.nodes.count + 256))
      offsets.append(reader.offset)
      graph.nodes.append(try Node.read(&reader, set: set))
    }
    try reader.finish("The graph")
    return (graph, offsets)
  }

  /// Writes a GRPH payload; returns where each node begins in it, and where the last one ends.
  func write(_ writer: inout ByteWriter) throws(FormatError) -> [UInt64] {
    guard nodes.count >= 1, nodes.count <= Limits.nodes else {
      throw FormatError(.limit, "The graph has \(nodes.count) nodes; 1 to \(Limits.nodes) are allowed.")
    }
    writer.u16(UInt16(nodes.count))
    var offsets: [UInt64] = []
    for node in nodes {
      offsets.append(UInt64(writer.bytes.count))
      var coder = NodeWriter(writer: writer, inputs: node.inputs)
      var `operator` = node.operator
      try `operator`.visit(&coder)
      writer = coder.writer
    }
    return offsets + [UInt64(writer.bytes.count)]
  }
}

extension Node {
  fileprivate static func read(_ reader: inout ByteReader, set: UInt16) throws(FormatError) -> Node {
    let place = reader.offset
    let code = try reader.u16()
    let version = try reader.u8()
    var `operator` = try Operator.find(code, version, set: set, at: place)
    let countPlace = reader.offset
    let count = Int(try reader.u8())
    guard count <= Limits.inputs else {
      throw FormatError(
        .limit, at: countPlace, "A node has \(count) inputs; at most \(Limits.inputs) are allowed.")
    }
    var inputs: [Int] = []
    for _ in 0..<count { inputs.append(Int(try reader.u16())) }
    var attributes = NodeReader(reader: reader, version: version)
    try `operator`.visit(&attributes)
    reader = attributes.reader
    return Node(`operator`, version: version, inputs: inputs)
  }
}

/// In a file, no tensor.
private let none: UInt16 = 0xFFFF

extension Operator {
  /// The operator that a node of a file names, its attributes still at their defaults.
  fileprivate static func find(
    _ code: UInt16, _ version: UInt8, set: UInt16, at place: UInt64
  ) throws(FormatError) -> Operator {
    guard let found = Operator(code: code), let own = found.operatorSet(of: version) else {
      throw FormatError(
        .unsupported, at: place,
        "The file needs operator \(code) version \(version), which this program does not know; a newer one may."
      )
    }
    guard own <= set else {
      throw FormatError(
        .unsupported, at: place,
        "Version \(version) of \(found.name) is of operator set \(own), and the file states set \(set).")
    }
    return found
  }
}

private struct NodeReader: OperatorVisitor, AttributeVisitor {
  var reader: ByteReader
  let version: UInt8

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    try definition.visitAttributes(&self, of: version)
  }

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) {
    let place = reader.offset
    value = Int(try reader.u16())
    guard range.contains(value) else {
      throw FormatError(
        .value, at: place, "\(name) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
    }
  }

  mutating func real(
    _ name: StaticString, _ value: inout Float, in range: RealRange
  ) throws(FormatError) {
    let place = reader.offset
    value = try reader.f32()
    guard range.contains(value) else {
      throw FormatError(.value, at: place, "\(name) must be \(range.description).")
    }
  }

  mutating func tensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int
  ) throws(FormatError) {
    index = Int(try reader.u16())
  }

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(FormatError) {
    let value = try reader.u16()
    index = value == none ? nil : Int(value)
  }
}

private struct NodeWriter: OperatorVisitor, AttributeVisitor {
  var writer: ByteWriter
  let inputs: [Int]

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    writer.u16(D.code)
    writer.u8(definition.version)
    writer.u8(UInt8(inputs.count))
    for input in inputs { writer.u16(UInt16(input)) }
    try definition.visitAttributes(&self, of: definition.version)
  }

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) { writer.u16(UInt16(value)) }

  mutating func real(
    _ name: StaticString, _ value: inout Float, in range: RealRange
  ) throws(FormatError) { writer.f32(value) }

  mutating func tensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int
  ) throws(FormatError) {
    writer.u16(UInt16(index))
  }

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(FormatError) {
    writer.u16(index.map { UInt16($0) } ?? none)
  }
}
