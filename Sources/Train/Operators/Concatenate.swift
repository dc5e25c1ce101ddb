internal import FermFormat

extension Concatenate: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].concatenated(with: Array(inputs.dropFirst()))
  }
}

extension Variable {
  /// The values one after the other along the channels: `[N, C1, H, W]`, `[N, C2, H, W]`, ... -> `[N, C1 + C2 + ..., H, W]`;
  /// vectors `[N, F]` likewise.
  ///
  /// - Precondition: the shapes differ in their channels alone. A file takes two to eight values.
  public func concatenated(with others: [Variable]) -> Variable {
    let inputs = [self] + others
    let channels = inputs.reduce(0) { $0 + $1.shape[1] }
    let y = tape.tensor(Shape([shape[0], channels] + shape.dimensions.dropFirst(2)))
    var places: [Placement] = []
    var channel = 0
    for input in inputs {
      places.append(Placement(input.shape, in: y.shape, channel: channel))
      channel += input.shape[1]
    }
    for (input, place) in zip(inputs, places) { place.put(input.value, into: y, tape) }
    return tape.record(
      y, from: inputs, needsGradient: false, trace: { _ in .concatenate(FermFormat.Concatenate()) }
    ) { [places] dy in
      for (input, place) in zip(inputs, places) where input.needsGradient {
        let dx = input.tape.tensor(input.shape)
        place.take(dx, from: dy, input.tape)
        input.accumulate(dx)
      }
    }
  }
}
