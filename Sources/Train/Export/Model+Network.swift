public import FermFormat
public import FermRuntime

extension Model {
  /// Writes a network down as a model: one traced evaluation pass gives the graph, its parameters the tensors.
  ///
  /// The weights are copied, so training may go on.
  /// - Parameter averages: by parameter, the tensor to write down in its place.
  public init(
    _ network: any Network, name: String, preprocessing: Preprocessing, labels: LabelSet,
    provenance: Provenance = Provenance(), averages: [ObjectIdentifier: Tensor] = [:], workers: Workers
  ) throws(TrainError) {
    let input = preprocessing.inputShape
    let tape = Tape(.tracing, workers: workers)
    let outputs = network.outputs(for: tape.input(Tensor(zeros: Shape([1] + input.dimensions))))
    for scores in outputs where scores.output.isScores {
      let shape = scores.values[0].shape
      guard shape.dimensions == [1, labels.names.count] else {
        throw .model("The network gives \(shape.description) for \(labels.names.count) labels.")
      }
    }
    do {
      var weights: [Weight] = []
      for parameter in tape.tracer.parameters {
        weights.append(
          try Weight(
            name: parameter.name, shape: parameter.value.shape,
            floats: (averages[ObjectIdentifier(parameter)] ?? parameter.value).values))
      }
      self.init(
        name: name, preprocessing: preprocessing, labels: labels, graph: tape.tracer.graph, tensors: weights,
        outputs: outputs.map { $0.traced }, provenance: provenance)
      _ = try validate()
    } catch { throw .model(error.description) }
  }

  /// The same model with its weights in another type; vectors (biases, batch norm) stay fp32.
  ///
  /// It has no self-tests, as it computes something else.
  public func converted(to type: ElementType) throws(FormatError) -> Model {
    var copy = self
    copy.selfTests = []
    for (i, weight) in tensors.enumerated() where weight.info.shape.rank > 1 {
      copy.tensors[i] = try Weight(
        name: weight.info.name, type: type, shape: weight.info.shape, floats: weight.floats())
    }
    return copy
  }
}

extension Preprocessing {
  /// Grey faces resized to `side.resized`, centre-cropped to `side.cropped`; pixels become 0 to 1.
  ///
  /// - Parameter channels: 1, or 3 for the same plane three times.
  public static func greyFaces(_ side: (resized: Int, cropped: Int), channels: Int = 1) -> Preprocessing {
    Preprocessing(
      resized: Extent(side.resized), cropped: Extent(side.cropped),
      scale: [Float](repeating: 1 / 255, count: channels), offset: [Float](repeating: 0, count: channels))
  }

  /// Whether a network sees the same in a pixel with both, whatever the size.
  func isOfSamePixels(as other: Preprocessing) -> Bool {
    colour == other.colour && scale == other.scale && offset == other.offset
  }
}

extension Model {
  /// Copies the model's weights into a network, by name; every parameter must be there in the same shape.
  public func load(into network: any Network) throws(TrainError) {
    for parameter in network.parameters {
      guard let weight = tensors.first(where: { $0.info.name == parameter.name }),
        weight.info.shape == parameter.value.shape
      else { throw .checkpoint("The model \(name) has no tensor \(parameter.name) that fits the network.") }
      parameter.value.update(from: weight.floats())
    }
  }
}
