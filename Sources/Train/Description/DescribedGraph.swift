internal import FermFormat

/// What a description says for one size of crops and one number of classes.
struct DescribedGraph: Equatable {
  /// The nodes, in the order of the lines that make them.
  var graph = Graph()
  /// Names and shapes of the tensors that they name.
  var tensors: [TensorInfo] = []
  /// The lines that were followed, counting each time.
  var steps = 0
  /// What no file holds of it.
  var training = DescribedTraining()

  /// The same as a model, with zeros for weights.
  func model(
    _ name: String, _ preprocessing: Preprocessing, classes: Int
  ) throws(FormatError) -> Model {
    var weights: [Model.Weight] = []
    for info in tensors {
      weights.append(Model.Weight(info: info, data: try AlignedBytes(count: info.byteCount)))
    }
    return Model(
      name: name, preprocessing: preprocessing, labels: LabelSet(names: (0..<classes).map { "\($0)" }),
      graph: graph, tensors: weights)
  }
}

/// What a description says of the training of its graph.
struct DescribedTraining: Equatable {
  /// By value, the share of it that training drops.
  var dropout: [Int: Float] = [:]
  /// How layers begin that do not begin as PyTorch's do, by the names of their weights.
  var initialisations: [String: Initialisation] = [:]
  /// What the scales of normalisations begin with where that is not 1, by the names of their weights.
  var scales: [String: Float] = [:]
}
