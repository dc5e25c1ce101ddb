internal import FermFormat

/// Stopping and going on.
extension Trainer {
  /// Where the run stands, with every tensor that a model file of the same moment does not hold.
  public func snapshot() -> TrainingState {
    var copy = state
    copy.optimiserSteps = step.optimiser.steps
    copy.schedule = schedule.memory
    if step.average != nil {
      copy.tensors += network.parameters.map { ("live/\($0.name)", $0.value.values) }
    }
    copy.tensors += step.optimiser.state.map { ($0.name, $0.tensor.values) }
    copy.tensors += answers?.tensors ?? []
    return copy
  }

  /// Puts network, optimiser, schedule and average where `saved` stands.
  func restore(_ saved: TrainingState, _ model: Model, steps: Int) throws(TrainError) {
    try model.load(into: network)
    if saved.finalFrom != nil { schedule = settings.final.schedule }
    // The average begins as the model's weights are; then the weights in training replace those in the network.
    beginAverage(steps: steps)
    let named = Dictionary(
      saved.tensors.map { ($0.name, $0.values) }, uniquingKeysWith: { first, _ in first })
    var places = step.optimiser.state
    if step.average != nil { places += network.parameters.map { ("live/\($0.name)", $0.value) } }
    for (name, tensor) in places {
      guard let values = named[name], values.count == tensor.count else {
        throw .checkpoint("The training state has no tensor \(name) that fits this run.")
      }
      tensor.update(from: values)
    }
    guard answers?.take(named) ?? true else {
      throw .checkpoint("The training state lacks the network's own answers, which correct the labels.")
    }
    step.optimiser.resume(after: saved.optimiserSteps)
    schedule.memory = saved.schedule
    state = saved
    state.tensors = []
  }
}
