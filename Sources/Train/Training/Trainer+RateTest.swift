public import FermFormat

/// Trying which learning rates a network bears.
extension Trainer {
  /// Trains for some steps with a rate that rises exponentially; the network is not to be used afterwards.
  ///
  /// Faces come in the order of a run, at the size of its first epoch, over as many epochs as it takes. The test ends early
  /// where the loss is no number or has risen by half (and by 0.5 at least) above that of the beginning.
  ///
  /// - Parameters:
  ///   - steps: of the whole test.
  ///   - rates: the first rate and the last.
  ///   - own: the network's preprocessing at its full size, to whose `resized` the faces are scaled.
  ///   - report: told the steps done.
  /// - Throws: `data` without faces, `setting` with batches too small for the shards.
  /// - Complexity: `steps` steps of training.
  public func rateTest(
    steps: Int, rates: ClosedRange<Double>, on set: FaceSet, preprocessing own: Preprocessing, classes: Int,
    report: (Int) -> Void = { _ in }
  ) throws(TrainError) -> RateTest {
    guard set.count > 0 else { throw .data("There are no faces to train on.") }
    try plan.check(batch: min(settings.batch, set.count))
    let recipe = settings.preprocessing(epoch: 0, of: own)
    let reach = RateTest.reach(of: steps)
    var curve: [(rate: Double, loss: Double)] = []
    var epoch = 0
    while curve.count < steps {
      let batches = EpochBatches(
        set, faces: own.resized, recipe: recipe, classes: classes, settings: settings, teacher: teacher,
        plan: plan, epoch: epoch, isCalm: false, blends: true)
      for i in 0..<min(batches.count, steps - curve.count) {
        let batch = try batches.batch(i, answers: nil, pool: pool, workers: workers)
        let rate = RateTest.rate(curve.count, of: steps, in: rates)
        let loss = Double(
          try step(
            inputs: batch.inputs, targets: batch.targets, seed: batches.seed(i), learningRate: rate,
            progress: 0
          ).loss)
        guard loss.isFinite else { return RateTest(curve, steps: steps, diverged: rate) }
        curve.append((rate, loss))
        report(curve.count)
        guard curve.count > 2 * reach else { continue }
        func mean(_ part: ArraySlice<(rate: Double, loss: Double)>) -> Double {
          part.reduce(0) { $0 + $1.loss } / Double(part.count)
        }
        let (first, last) = (mean(curve.prefix(reach)), mean(curve.suffix(reach)))
        if last > first + max(first / 2, 0.5) { return RateTest(curve, steps: steps, diverged: rate) }
      }
      epoch += 1
    }
    return RateTest(curve, steps: steps, diverged: nil)
  }
}
