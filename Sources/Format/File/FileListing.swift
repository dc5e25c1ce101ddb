/// What can be said about a file that asks for more than this program knows: its chunks, and its nodes by name and length.
///
/// Nothing in it is held to the rules of a version that this program does not know, so that it is for people to look at.
///
/// ```swift
/// let bytes = try ModelFile(path: "models/default.ferm").loadModel().encoded()
/// let listing = try FileListing(bytes: bytes)
/// for node in listing.nodes { print(node.name, node.length, node.isKnown) }
/// ```
public struct FileListing: Sendable {
  /// A node as far as its record can be read.
  public struct Node: Equatable, Sendable {
    /// The operator's number.
    public var code: UInt16
    /// The operator's version.
    public var version: UInt8
    /// The operator's name as the file gives it.
    public var name: String
    /// Whether this program knows the operator in this version.
    public var isKnown: Bool
    /// The values it takes.
    public var inputs: [Int]
    /// Bytes of its record.
    public var length: Int
  }

  /// What a reader must know beyond version 1.0.
  public let features: Features
  /// The format version: major and minor.
  public let version: (major: Int, minor: Int)
  /// The chunks in file order.
  public let parts: [ModelFile.Part]
  /// The model's name and the set of operators that it is made of; nil where the chunk is not as it should be.
  public let head: (name: String, operatorSet: Int)?
  /// The nodes; empty where the file has no record of their lengths, or one that does not fit its graph.
  public let nodes: [Node]

  /// Lists what the file at `path` holds.
  ///
  /// - Parameter path: bytes that end with NUL.
  /// - Throws: what ``ModelFile`` throws for a file whose chunks cannot be found.
  @unsafe public init(cPath path: UnsafePointer<CChar>) throws(FormatError) {
    try self.init(.file(try unsafe OpenFile(cPath: path)))
  }

  /// Lists what a file in memory holds.
  public init(bytes: [UInt8]) throws(FormatError) { try self.init(.memory(bytes)) }

  private init(_ source: ByteSource) throws(FormatError) {
    let walker = try ChunkWalker(listing: source)
    features = walker.features
    version = (Int(Container.major), Int(walker.minor))
    parts = walker.chunks.map { ModelFile.Part($0) }
    head = try? Self.readHead(walker)
    nodes = (try? Self.readNodes(walker)) ?? []
  }

  private static func readHead(_ walker: ChunkWalker) throws(FormatError) -> (String, Int) {
    var reader = try walker.reader(.head)
    let set = Int(try reader.u16())
    _ = try reader.u16()
    let name = try reader.string(limit: Limits.nameBytes, what: "The model's name")
    guard name.isName else { throw FormatError(.value, "The model's name must be a plain name.") }
    return (name, set)
  }

  /// The nodes of a graph that is as long as its record of lengths says.
  private static func readNodes(_ walker: ChunkWalker) throws(FormatError) -> [Node] {
    var reader = try walker.reader(.nodeLengths)
    let record = try NodeLengths(&reader, agreeingWith: nil)
    var graph = try walker.reader(.graph)
    guard Int(try graph.u16()) == record.lengths.count else { return [] }
    var nodes: [Node] = []
    for length in record.lengths {
      let end = graph.offset + UInt64(length)
      let (code, version) = (try graph.u16(), try graph.u8())
      guard let kind = record.kinds.first(where: { $0.code == code && $0.version == version }) else {
        return []
      }
      var inputs: [Int] = []
      for _ in 0..<(try graph.u8()) { inputs.append(Int(try graph.u16())) }
      guard graph.offset <= end else { return [] }
      _ = try graph.take(Int(end - graph.offset))
      nodes.append(
        Node(
          code: code, version: version, name: kind.name,
          isKnown: Operator(code: code)?.operatorSet(of: version) != nil, inputs: inputs, length: length))
    }
    return graph.remaining == 0 ? nodes : []
  }
}
