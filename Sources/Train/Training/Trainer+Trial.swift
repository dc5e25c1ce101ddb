public import FermFormat

/// Trying how fast a run would be.
extension Trainer {
  /// Times `count` steps on real faces, for planning; the network is not to be used afterwards.
  public func trialSteps(
    _ count: Int, on set: FaceSet, preprocessing recipe: Preprocessing, faces: Extent, classes: Int,
    clock: () -> Double
  ) throws(TrainError) -> [Double] {
    let sampler = BatchSampler(
      set, faces: faces, recipe: recipe, augmentation: settings.augmentation, seed: 0)
    let chosen = Array(0..<min(settings.batch, set.count))
    try plan.check(batch: chosen.count)
    let own = Array(chosen[plan.ownFaces(in: chosen.count)])
    let crops = settings.augmentation.crops.count
    beginAverage(steps: count)
    let live = teacher?.sight == .crops ? teacher : nil
    var seconds: [Double] = []
    for i in 1...max(count, 1) {
      let started = clock()
      let inputs = sampler.inputs(own, epoch: i, pool: pool, workers: workers)
      // A teacher's time belongs to the step where it looks at crops.
      let taught = try live?.opinion(
        of: chosen, inputs, as: recipe, from: plan.ownFaces(in: chosen.count).lowerBound * crops,
        of: chosen.count * crops)
      let targets = Targets(
        chosen.map { set.labels[$0] }, classes: classes, crops: crops, opinions: taught.map { [$0] } ?? [])
      _ = try step(inputs: inputs, targets: targets, seed: UInt64(i), learningRate: 1e-6)
      seconds.append(clock() - started)
    }
    return seconds
  }
}
