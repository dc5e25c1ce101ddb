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

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    guard nodes.count >= 1, nodes.count <= Limits.nodes else {
      throw FormatError(.limit, "The graph has \(nodes.count) nodes; 1 to \(Limits.nodes) are allowed.")
    }
    writer.u16(UInt16(nodes.count))
    for node in nodes {
      var coder = NodeWriter(writer: writer, inputs: node.inputs)
      var `operator` = node.operator
      try `operator`.visit(&coder)
      writer = coder.writer
    }
  }
}

extension Node {
  fileprivate static func read(_ reader: inout ByteReader, set: UInt16) throws(FormatError) -> Node {
    let place = reader.offset
    let code = try reader.u16()
    let version = try reader.u8()
    guard var `operator` = Operator(code: code, version: version, set: set) else {
      throw FormatError(
        .unsupported, at: place,
        "The file needs operator \(code) version \(version), which this program does not know; a newer one may."
      )
    }
    let countPlace = reader.offset
    let count = Int(try reader.u8())
    guard count <= Limits.inputs else {
      throw FormatError(
        .limit, at: countPlace, "A node has \(count) inputs; at most \(Limits.inputs) are allowed.")
    }
    var inputs: [Int] = []
    for _ in 0..<count { inputs.append(Int(try reader.u16())) }
    var attributes = NodeReader(reader: reader)
    try `operator`.visit(&attributes)
    reader = attributes.reader
    return Node(`operator`, inputs: inputs)
  }
}

/// In a file, no tensor.
private let none: UInt16 = 0xFFFF

private struct NodeReader: OperatorVisitor, AttributeVisitor {
  var reader: ByteReader

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
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
  ) throws(FormatError) {
    let place = reader.offset
    value = try reader.f32()
    guard value.isFinite, value >= minimum else {
      throw FormatError(.value, at: place, "\(name) must be a finite number above zero.")
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
    writer.u8(1)
    writer.u8(UInt8(inputs.count))
    for input in inputs { writer.u16(UInt16(input)) }
    try definition.visitAttributes(&self)
  }

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) { writer.u16(UInt16(value)) }

  mutating func real(
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
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
