public import FermFormat

extension Model {
  /// Gives the vector that the last fully connected layer takes as an output besides: what the network knows of a face before it
  /// decides.
  ///
  /// The self-tests go, as they expect other numbers.
  /// - Throws: `graph` for a network without such a layer, `value` for a name that another output has.
  public mutating func addEmbedding(_ name: String) throws(FormatError) {
    let last = graph.nodes.last { node in if case .linear = node.operator { true } else { false } }
    guard let last else {
      throw FormatError(
        .graph, "The network has no fully connected layer, before which an embedding could be.")
    }
    guard last.inputs[0] > 0 else {
      throw FormatError(
        .graph, "The last fully connected layer takes the input itself, which is no embedding.")
    }
    guard !outputs.contains(where: { $0.name == name }) else {
      throw FormatError(.value, "The model has an output \(name) already; choose another name.")
    }
    outputs.append(ModelOutput(name, .embedding(value: last.inputs[0])))
    selfTests = []
    _ = try validate()
  }
}
