internal import FermFormat

extension GraphNetwork {
  /// A model's tensors with the values that layers of their kinds begin with, drawn in the order of the graph.
  static func fresh(
    _ model: Model, kinds: [Parameter.Kind], seed: UInt64, _ described: DescribedTraining
  ) -> [Parameter] {
    var make = ParameterMaker(seed: seed)
    var made = [Parameter?](repeating: nil, count: model.tensors.count)
    for node in model.graph.nodes {
      let tensors = node.operator.tensors
      let weight = tensors.first { $0.kind == .weight }.map { model.tensors[$0.index].info.shape }
      // A layer's first tensor stands for all of it.
      let name = tensors.first.map { model.tensors[$0.index].info.name } ?? ""
      let initialisation = described.initialisations[name] ?? .fanIn
      let groups = if case .convolution(let convolution) = node.operator { convolution.groups } else { 1 }
      for (place, tensor) in tensors.enumerated() where made[tensor.index] == nil {
        let (info, kind) = (model.tensors[tensor.index].info, kinds[tensor.index])
        let first: Float
        switch tensor.kind {
        case .weight:
          made[tensor.index] = make.weight(info.name, kind, info.shape, groups: groups, initialisation)
          continue
        case .bias:
          made[tensor.index] = make.bias(
            info.name, kind, info.shape.count, beside: weight ?? info.shape, initialisation)
          continue
        // A normalisation names its scale before its shift.
        case .norm: first = place == 0 ? described.scales[name] ?? 1 : 0
        case .slope: first = PReLULayer.first
        case .mean: first = 0
        case .variance: first = 1
        }
        made[tensor.index] = make.constant(info.name, kind, info.shape.count, first)
      }
    }
    return made.compactMap { $0 }
  }
}

extension Model {
  /// The value that is the class scores, and by node whether it leads to them.
  ///
  /// - Throws: `model` where no output is class scores.
  func scoresPath() throws(TrainError) -> (value: Int, nodes: [Bool]) {
    guard let value = outputs.first(where: { $0.isScores })?.values.first else {
      throw .model("The network \(name) gives no class scores, by which it could be trained.")
    }
    var nodes = [Bool](repeating: false, count: graph.nodes.count)
    nodes[value - 1] = true
    for index in graph.nodes.indices.reversed() where nodes[index] {
      for input in graph.nodes[index].inputs where input > 0 { nodes[input - 1] = true }
    }
    return (value, nodes)
  }

  /// The tensors of the last of these nodes that multiplies, and of what follows it.
  func headTensors(of nodes: [Bool]) -> [Int] {
    let path = graph.nodes.indices.filter { nodes[$0] }
    // The last layer whose outputs are not its inputs' own, and what is done to those.
    let last = path.last { graph.nodes[$0].operator.tensors.contains { $0.kind == .weight } } ?? 0
    return path.filter { $0 >= last }.flatMap { graph.nodes[$0].operator.tensors.map { $0.index } }
  }

  /// The same network for so many classes: its last layer has a row for each.
  func telling(_ classes: Int) throws(TrainError) -> Model {
    guard classes != labels.names.count else { return self }
    var copy = self
    copy.labels = LabelSet(names: (0..<classes).map { "\($0)" })
    copy.selfTests = []
    do {
      for index in headTensors(of: try scoresPath().nodes) {
        let shape = tensors[index].info.shape
        guard shape.rank > 0, shape[0] == labels.names.count else { continue }
        let rows = Shape([classes] + shape.dimensions.dropFirst())
        copy.tensors[index] = try Weight(
          name: tensors[index].info.name, shape: rows, floats: [Float](repeating: 0, count: rows.count))
      }
      _ = try copy.validate()
    } catch let error as FormatError {
      throw .model(
        "The network \(name) tells \(labels.names.count) classes apart and cannot be given \(classes): \(error.description)"
      )
    } catch let error as TrainError { throw error } catch { throw .model("\(error)") }
    return copy
  }
}
