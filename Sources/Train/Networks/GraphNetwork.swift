public import FermFormat

/// The network of a model file, ready to be trained further: each node of its graph as the operator on a tape.
///
/// ```swift
/// let network = try GraphNetwork(try ModelFile(path: "models/default.ferm").loadModel())
/// let tape = Tape(.evaluation, workers: try Workers())
/// let logits = network(tape.input(Tensor(zeros: Shape(1, 1, 44, 44)))).value.values
/// ```
///
/// Running it in a tracing pass gives the same graph back, with all its outputs; training computes what the scores need. A graph
/// holds no dropout, so neither does this network, unless a description says what to drop.
public struct GraphNetwork: Network {
  /// The file's tensors, in the order in which the graph names them.
  public let parameters: [Parameter]
  /// The tensors of the last layer that multiplies, and of what follows it.
  public let head: [Parameter]
  let graph: Graph
  private let outputs: [ModelOutput]
  private let byTensor: [Parameter]
  /// The value that is the class scores, and the nodes that it comes from.
  let scores: (value: Int, nodes: [Bool])
  /// What a description says of training it.
  private let described: DescribedTraining

  /// Takes over a model's graph, and its weights as fp32 parameters under the names of its tensors.
  ///
  /// - Throws: `model` for a graph that no file could hold, and for one without class scores.
  public init(_ model: Model) throws(TrainError) {
    let kinds = Self.kinds(of: model)
    try self.init(
      model,
      zip(model.tensors, kinds).map { tensor, kind in
        Parameter(tensor.info.name, kind, Tensor(tensor.floats(), shape: tensor.info.shape))
      })
  }

  /// Takes over a model's graph with fresh weights, drawn as those of other networks are, for so many classes.
  ///
  /// - Throws: `model` for a graph that cannot tell so many classes apart, or gives no class scores.
  public init(like model: Model, classes: Int, seed: UInt64) throws(TrainError) {
    try self.init(like: model, classes: classes, seed: seed, DescribedTraining())
  }

  /// The same, trained as a description says.
  init(
    like model: Model, classes: Int, seed: UInt64, _ described: DescribedTraining
  ) throws(TrainError) {
    let model = try model.telling(classes)
    try self.init(model, Self.fresh(model, kinds: Self.kinds(of: model), seed: seed, described), described)
  }

  private init(
    _ model: Model, _ byTensor: [Parameter], _ described: DescribedTraining = DescribedTraining()
  ) throws(TrainError) {
    do throws(FormatError) { _ = try model.validate() } catch { throw .model(error.description) }
    self.byTensor = byTensor
    self.described = described
    scores = try model.scoresPath()
    // In the order of the graph, as a network that was written down lists them.
    var order: [Int] = []
    var seen = Set<Int>()
    for node in model.graph.nodes {
      for (index, _) in node.operator.tensors where seen.insert(index).inserted { order.append(index) }
    }
    parameters = order.map { byTensor[$0] }
    head = model.headTensors(of: scores.nodes).map { byTensor[$0] }
    (graph, outputs) = (model.graph, model.outputs)
  }

  /// The class scores for inputs `[N, C, H, W]`; what does not lead to them is left out.
  public func callAsFunction(_ x: Variable) -> Variable {
    // A value that nobody takes is the input in its place.
    values(of: x) { scores.nodes[$0] }[scores.value]
  }

  /// All of the file's outputs.
  public func outputs(for x: Variable) -> [NetworkOutput] {
    let values = values(of: x) { _ in true }
    return outputs.map { output in NetworkOutput(output, output.values.map { values[$0] }) }
  }

  func values(of x: Variable, _ isWanted: (_ node: Int) -> Bool) -> [Variable] {
    var values = [dropping(x, 0)]
    for (index, node) in graph.nodes.enumerated() {
      values.append(
        isWanted(index)
          ? dropping(node.operator.trainable.apply(to: node.inputs.map { values[$0] }, byTensor), index + 1)
          : x)
    }
    return values
  }

  private func dropping(_ x: Variable, _ value: Int) -> Variable {
    described.dropout[value].map { x.dropout($0) } ?? x
  }

  /// What each tensor is for: what its last node has it for. But a bias or a scale that somebody multiplies with stays what it
  /// is, and a running statistic is never trained, whatever else uses it.
  private static func kinds(of model: Model) -> [Parameter.Kind] {
    var kinds = [Parameter.Kind](repeating: .weight, count: model.tensors.count)
    for node in model.graph.nodes {
      for (index, kind) in node.operator.tensors where kind != .weight && kinds[index] != .statistic {
        kinds[index] = Parameter.Kind(kind)
      }
    }
    return kinds
  }
}

extension Parameter.Kind {
  /// What a parameter is for, by what its operator says of the tensor.
  init(_ kind: TensorKind) {
    switch kind {
    case .weight: self = .weight
    case .bias: self = .bias
    case .norm: self = .norm
    case .slope: self = .slope
    case .mean, .variance: self = .statistic
    }
  }
}
