public import FermFormat

/// Trying how fast a run would be.
extension Trainer {
  /// Times `count` steps on real faces, for planning; the network is not to be used afterwards.
  public func trialSteps(
    _ count: Int, on set: FaceSet, preprocessing recipe: Preprocessing, faces: Extent, classes: Int,
    clock: () -> Double
  ) -> [Double] {
    let sampler = BatchSampler(
      set, faces: faces, recipe: recipe, augmentation: settings.augmentation, seed: 0)
    let chosen = Array(0..<min(settings.batch, set.count))
    let targets = Targets(
      chosen.map { set.labels[$0] }, classes: classes, crops: settings.augmentation.crops.count)
    beginAverage(steps: count)
    return (1...max(count, 1)).map { i in
      let started = clock()
      let inputs = sampler.inputs(chosen, epoch: i, pool: pool, workers: workers)
      _ = step(inputs: inputs, targets: targets, seed: UInt64(i), learningRate: 1e-6)
      return clock() - started
    }
  }
}
