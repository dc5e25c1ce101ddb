import FermTrain

extension FitOptions {
  /// Why a run of these options cannot be given another length: something of what it has done would have been different.
  ///
  /// - Parameters:
  ///   - epochs: the new length.
  ///   - state: where the run stands.
  ///   - batches: steps of an epoch.
  /// - Returns: the end of a sentence; nil when a run of that length would stand at the same bits.
  func obstacle(
    toLength epochs: Int, from state: TrainingState, batches: Int
  ) -> String? {
    let own = settings
    guard epochs != own.epochs else { return nil }
    guard state.finalFrom == nil else { return "its final stage has begun" }
    let begun = state.epoch + (state.step > 0 ? 1 : 0)
    guard epochs >= begun else { return "it is in epoch \(begun) already" }
    var other = own
    other.epochs = epochs
    for epoch in 0..<begun {
      guard own.side(epoch: epoch) == other.side(epoch: epoch) else {
        return "its crops have grown with the share of the run (--sizes)"
      }
      guard own.isCalm(epoch: epoch) == other.isCalm(epoch: epoch) else {
        return "its last epochs are calm (--calm-epochs)"
      }
    }
    let done = state.epoch * batches + state.step
    func progress(_ epochs: Int) -> Double { Double(max(done - 1, 0)) / Double(epochs * batches) }
    guard method.passes(progress: progress(own.epochs)) == method.passes(progress: progress(epochs)),
      method.passes(progress: progress(own.epochs)) == method.passes(progress: 0)
    else { return "--sam-from is a share of the length that it had" }
    if let from = own.correction?.from, max(progress(own.epochs), progress(epochs)) >= from {
      return "--correct-labels begins at a share of the length that it had"
    }
    guard !rule.averages || done <= min(own.epochs, epochs) * batches / 2 else {
      return "--optimizer \(optimiser.name) averages the second half of the run"
    }
    let rates = learningRate
    for step in 0..<done {
      func place(_ epochs: Int) -> SchedulePlace {
        SchedulePlace(step: Double(step), steps: Double(epochs * batches), epochSteps: Double(batches))
      }
      guard rates.rate(at: place(own.epochs)) == rates.rate(at: place(epochs)) else {
        return "its learning rate has followed --schedule \(schedule.name) over the length that it had"
      }
    }
    return nil
  }
}
