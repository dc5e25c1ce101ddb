/// A whole model in memory: what a `.ferm` file says, with its weights decoded.
///
/// ```swift
/// var model = try ModelFile(path: "models/default.ferm").loadModel()
/// model.provenance["license"] = .string("MIT")
/// try model.write(to: "mine.ferm", packing: .stored)
/// ```
public struct Model: Sendable {
  /// The model's name, such as `vgg-s`.
  public var name: String
  /// How an image becomes the network's input.
  public var preprocessing: Preprocessing
  /// The classes.
  public var labels: LabelSet
  /// The network.
  public var graph: Graph
  /// The weights, sorted by the bytes of their names; nodes name them by index.
  public var tensors: [Weight]
  /// Where the model comes from and how good it is.
  public var provenance: Provenance
  /// Images with the logits that the network must give for them; replace them if you change the network.
  public var selfTests: [SelfTest]
  /// How a face is cut from a photo for the model, one rule for each detector.
  public var cropRules: [CropRule]
  /// Texts for people and tools.
  public var notes: [Note]
  /// The outputs where they are not what a file means that does not say.
  private var statedOutputs: [ModelOutput]?

  /// One tensor with its elements.
  ///
  /// ```swift
  /// let weight = try Model.Weight(name: "w", type: .int8, shape: Shape(2, 3), floats: [1, 2, 3, 4, 5, 6])
  /// print(weight.floats())  // rounded to int8 and back
  /// ```
  public struct Weight: Sendable {
    /// Name, type and shape.
    public var info: TensorInfo
    /// The elements, little-endian, in row-major order.
    public var data: AlignedBytes

    /// Makes a tensor.
    public init(info: TensorInfo, data: AlignedBytes) {
      self.info = info
      self.data = data
    }
  }

  /// Makes a model; tensors may come in any order and are sorted here, and the graph follows them.
  ///
  /// - Parameters:
  ///   - name: what people call it.
  ///   - preprocessing: how an image becomes the network's input.
  ///   - labels: the classes, in the order of the logits; none where no output is class scores.
  ///   - graph: the network.
  ///   - tensors: its weights.
  ///   - outputs: what it gives; nil for class scores alone, by the last node.
  ///   - provenance: where it comes from, and how good it is.
  ///   - selfTests: images, and what the network must give for them.
  ///   - cropRules: how faces are cut from photos for it, in the order of the detectors.
  ///   - notes: texts for people and tools.
  public init(
    name: String, preprocessing: Preprocessing, labels: LabelSet, graph: Graph, tensors: [Weight],
    outputs: [ModelOutput]? = nil, provenance: Provenance = Provenance(), selfTests: [SelfTest] = [],
    cropRules: [CropRule] = [], notes: [Note] = []
  ) {
    self.name = name
    self.preprocessing = preprocessing
    self.labels = labels
    let order = tensors.indices.sorted {
      tensors[$0].info.name.utf8.lexicographicallyPrecedes(tensors[$1].info.name.utf8)
    }
    var place = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { place[old] = new }
    self.graph = graph.renumberingTensors { $0 < place.count ? place[$0] : $0 }
    self.tensors = order.map { tensors[$0] }
    self.provenance = provenance
    self.selfTests = selfTests
    self.cropRules = cropRules
    self.notes = notes
    if let outputs { self.outputs = outputs }
  }

  /// What the network gives, in the order in which it is asked; never empty.
  ///
  /// Class scores alone, by the last node, are what every file means that does not say, and follow the graph.
  public var outputs: [ModelOutput] {
    get { statedOutputs ?? [.standard(for: graph)] }
    set { statedOutputs = newValue == [.standard(for: graph)] ? nil : newValue }
  }

  /// Whether the outputs are others than a file means that does not say.
  var hasStatedOutputs: Bool { outputs != [.standard(for: graph)] }

  /// Checks graph, shapes, tensors and outputs as a reader would.
  public func validate() throws(FormatError) -> GraphFacts {
    try graph.validate(
      input: preprocessing.inputShape, tensors: tensors.map { $0.info }, classes: labels.names.count,
      outputs: hasStatedOutputs ? outputs : nil)
  }
}

extension Graph {
  /// The same graph with every tensor index replaced.
  fileprivate func renumberingTensors(_ new: @escaping (Int) -> Int) -> Graph {
    var copy = self
    var renumber = Renumber(new: new)
    for index in copy.nodes.indices { copy.nodes[index].operator.visit(&renumber) }
    return copy
  }
}

private struct Renumber: TensorVisitor {
  let new: (Int) -> Int

  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) { index = new(index) }
}
