public import FermFormat

/// The network of a model file, ready to be trained further: each node of its graph as the operator on a tape.
///
/// ```swift
/// let network = try GraphNetwork(try ModelFile(path: "models/default.ferm").loadModel())
/// let tape = Tape(.evaluation, workers: try Workers())
/// let logits = network(tape.input(Tensor(zeros: Shape(1, 1, 44, 44)))).value.values
/// ```
///
/// Running it in a tracing pass gives the same graph back. A graph holds no dropout, so neither does this network.
public struct GraphNetwork: Network {
  /// The file's tensors, in the order in which the graph names them.
  public let parameters: [Parameter]
  /// The tensors of the last layer that multiplies, and of what follows it.
  public let head: [Parameter]
  private let graph: Graph
  private let byTensor: [Parameter]

  /// Takes over a model's graph, and its weights as fp32 parameters under the names of its tensors.
  ///
  /// - Throws: `model` for a graph that no file could hold.
  public init(_ model: Model) throws(TrainError) {
    do throws(FormatError) { _ = try model.validate() } catch { throw .model(error.description) }
    let kinds = Self.kinds(of: model)
    byTensor = zip(model.tensors, kinds).map { tensor, kind in
      Parameter(tensor.info.name, kind, Tensor(tensor.floats(), shape: tensor.info.shape))
    }
    // In the order of the graph, as a network that was written down lists them.
    var order: [Int] = []
    var seen = Set<Int>()
    for node in model.graph.nodes {
      for (index, _) in node.operator.tensors where seen.insert(index).inserted { order.append(index) }
    }
    parameters = order.map { [byTensor] in byTensor[$0] }
    // The last layer whose outputs are not its inputs' own, and what is done to those.
    let last = model.graph.nodes.lastIndex { node in
      node.operator.tensors.contains { $0.kind == .weight }
    }
    let after = model.graph.nodes[(last ?? 0)...].flatMap { $0.operator.tensors }
    head = after.map { [byTensor] in byTensor[$0.index] }
    graph = model.graph
  }

  /// The graph's output for inputs `[N, C, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable {
    var values = [x]
    for node in graph.nodes {
      values.append(node.operator.trainable.apply(to: node.inputs.map { values[$0] }, byTensor))
    }
    return values[values.count - 1]
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
    case .mean, .variance: self = .statistic
    }
  }
}
