/// A `.ferm` file whose records have been read and validated; its weights are still in the file.
///
/// Everything but the tensor data is checked when this is made: structure, checksums, limits, graph and shapes.
/// Nothing is allocated on the file's word. Cost: the file's records, not its weights, are read; a few KB for most files.
///
/// ```swift
/// let file = try ModelFile(path: "models/default.ferm")
/// print(file.name, file.labels.names, file.facts.multiplyAdds.reduce(0, +))
/// let first = try file.loadTensor(0).floats()  // reads the weights of one tensor
/// let model = try file.loadModel()  // and of all
/// ```
public struct ModelFile {
  /// The format version: major and minor.
  public let version: (major: Int, minor: Int)
  /// What a reader must know beyond version 1.0.
  public let features: Features
  /// Bytes of the file.
  public let size: UInt64
  /// The model's name.
  public let name: String
  /// How an image becomes the network's input.
  public let preprocessing: Preprocessing
  /// The classes.
  public let labels: LabelSet
  /// The network.
  public let graph: Graph
  /// Where each node's record begins, and where the last one ends.
  public let nodeOffsets: [UInt64]
  /// What the network gives; never empty: class scores by the last node where the file does not say.
  public let outputs: [ModelOutput]
  /// Shapes, work and memory of the network.
  public let facts: GraphFacts
  /// The tensors, without their elements.
  public let tensors: [StoredTensor]
  /// Where the stored bytes of each tensor begin.
  public let tensorOffsets: [UInt64]
  /// Where the model comes from and how good it is.
  public let provenance: Provenance
  /// Images with the logits that the network must give for them.
  public let selfTests: [SelfTest]
  /// How a face is cut from a photo for the model, in the order of the detectors.
  public let cropRules: [CropRule]
  /// Texts for people and tools, in file order.
  public let notes: [Note]
  /// SHA-256 over all bytes before the last chunk, as the file states it.
  public let statedDigest: [UInt8]

  let source: ByteSource
  let chunks: [Chunk]
  /// The chunk of the tensor data.
  let dataChunk: Chunk

  /// Opens and validates the file at `path`; reads no weights.
  public init(path: String) throws(FormatError) {
    try self.init(source: .file(try OpenFile(path: path)))
  }

  /// The same for a path as the system has it: bytes that end with NUL and need not be UTF-8.
  @unsafe public init(cPath path: UnsafePointer<CChar>) throws(FormatError) {
    try self.init(source: .file(try unsafe OpenFile(cPath: path)))
  }

  /// Validates a file that is in memory; reads no weights.
  public init(bytes: [UInt8]) throws(FormatError) {
    try self.init(source: .memory(bytes))
  }

  /// Validates a file in memory that the caller keeps as it is for as long as this value is used; copies nothing.
  @unsafe public init(borrowing bytes: UnsafeRawBufferPointer) throws(FormatError) {
    try unsafe self.init(source: .borrowed(bytes))
  }

  private init(source: ByteSource) throws(FormatError) {
    let walker = try ChunkWalker(source)
    self.source = source
    version = (Int(Container.major), Int(walker.minor))
    size = source.count
    features = walker.features
    chunks = walker.chunks
    statedDigest = walker.statedDigest

    var reader = try walker.reader(.head)
    let set: UInt16
    (name, set) = try Self.readHead(&reader, features)
    reader = try walker.reader(.preprocessing)
    preprocessing = try Preprocessing.read(&reader)
    reader = try walker.reader(.labels)
    labels = try LabelSet.read(&reader, features)
    reader = try walker.reader(.graph)
    var places = Graph.Places()
    (graph, places.nodes) = try Graph.read(&reader, set: set)
    nodeOffsets = places.nodes + [reader.offset]
    reader = try walker.reader(.index)
    tensors = try StoredTensor.readIndex(&reader)
    var stated: [ModelOutput]?
    if features.contains(.outputs) {
      reader = try walker.reader(.outputs)
      (stated, places.outputs) = try ModelOutput.readAll(&reader)
    }
    outputs = stated ?? [.standard(for: graph)]
    dataChunk = try walker.chunk(.data)
    tensorOffsets = try walker.tensorOffsets(tensors, in: dataChunk)
    var ancillary = Ancillary()
    // How many numbers a self-test has follows from the graph, unless they are one for each label.
    let early = stated == nil ? labels.names.count : nil
    for chunk in chunks {
      if chunk.type == .nodeLengths {
        reader = try walker.reader(of: chunk)
        _ = try NodeLengths(
          &reader, agreeingWith: try NodeLengths(graph, version: { $0.version }, offsets: nodeOffsets))
      }
      try ancillary.read(chunk, walker, numbers: early)
    }
    try requireMemory(64 * (tensors.count + 1024))
    facts = try graph.validate(
      input: preprocessing.inputShape, tensors: tensors.map { $0.info }, classes: labels.names.count,
      outputs: stated, places: places)
    if let stated, let tests = chunks.first(where: { $0.type == .selfTest }) {
      try ancillary.read(tests, walker, numbers: facts.outputElements(stated))
    }
    (provenance, selfTests) = (ancillary.provenance, ancillary.selfTests)
    (cropRules, notes) = (ancillary.cropRules, ancillary.notes)
  }

  /// The model's name, and the set of operators that its graph is made of.
  private static func readHead(
    _ reader: inout ByteReader, _ features: Features
  ) throws(FormatError) -> (name: String, set: UInt16) {
    let place = reader.offset
    let set = try reader.u16()
    guard set >= 1, set <= Operator.newestSet else {
      throw FormatError(
        .unsupported, at: place,
        "The file needs operator set \(set), and this program knows \(Operator.newestSet); a newer one may read it."
      )
    }
    guard set == 1 || features.contains(.operatorSet2) else {
      throw FormatError(
        .unsupported, at: place, "The file has operator set \(set) without the feature bit that goes with it."
      )
    }
    guard set > 1 || !features.contains(.operatorSet2) else {
      throw FormatError(.value, at: place, "The file says that it needs operator set 2, and has set 1.")
    }
    guard try reader.u16() == 0 else {
      throw FormatError(.structure, at: place + 2, "A reserved field is not zero.")
    }
    let name = try reader.string(limit: Limits.nameBytes, what: "The model's name")
    guard name.isName else {
      throw FormatError(.value, at: place + 4, "The model's name must be a plain name.")
    }
    try reader.finish("The head")
    return (name, set)
  }

  /// What the ancillary chunks hold that this program knows; the training state is left where it is.
  private struct Ancillary {
    var provenance = Provenance()
    var selfTests: [SelfTest] = []
    var cropRules: [CropRule] = []
    var notes: [Note] = []

    /// - Parameter numbers: how many each self-test expects; nil to leave them where they are.
    mutating func read(_ chunk: Chunk, _ walker: ChunkWalker, numbers: Int?) throws(FormatError) {
      switch chunk.type {
      case .provenance:
        var reader = try walker.reader(of: chunk)
        provenance = try Provenance.read(&reader)
      case .selfTest:
        guard let numbers else { return }
        var reader = try walker.reader(of: chunk)
        selfTests = try SelfTest.readAll(&reader, numbers: numbers)
      case .cropRules:
        var reader = try walker.reader(of: chunk)
        cropRules = try CropRule.readAll(&reader)
      case .note:
        var reader = try walker.reader(of: chunk)
        notes.append(try Note.read(&reader))
      default: break
      }
    }
  }

  /// Bytes of all tensors as they are stored.
  public var storedWeightBytes: Int { tensors.reduce(0) { $0 + $1.storedBytes } }
  /// Bytes of all tensors, decoded.
  public var weightBytes: Int { tensors.reduce(0) { $0 + $1.info.byteCount } }
  /// Trained numbers: the elements of all tensors.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.info.shape.count } }
}
