internal import FermFormat

extension TrainingStep {
  /// Forward and backward over this process's shards of a batch, one after the other; the whole batch's gradients are left in
  /// the parameters.
  ///
  /// - Parameters:
  ///   - inputs: the faces of this process, `[N, C, H, W]`.
  ///   - targets: those of the whole batch.
  /// - Throws: `processLost`.
  func shardedGradients(
    inputs: Tensor, targets: Targets, seed: UInt64, movesStatistics: Bool
  ) throws(TrainError) -> StepResult {
    let (batch, rows) = (targets.faces, targets.rowsOfFace)
    let first = plan.ownFaces(in: batch).lowerBound
    sums.begin(movesStatistics: movesStatistics)
    var results: [[Double]] = []
    var logits: [Float] = []
    for shard in plan.own {
      let faces = plan.faces(of: shard, in: batch)
      let own = ((faces.lowerBound - first) * rows)..<((faces.upperBound - first) * rows)
      let result = pass(
        inputs: inputs.copy(of: own, pool: pool), targets: targets.part(faces),
        seed: plan.seed(seed, of: shard), movesStatistics: movesStatistics, sums: sums)
      results.append([Double(result.loss), Double(result.right)])
      logits += result.logits
    }
    var numbers = SumTree.sum(results[...])
    if sharesLogits {
      // Every other process has zeros where this one has numbers.
      let classes = targets.classes
      var all = [Double](repeating: 0, count: batch * rows * classes)
      for (i, logit) in logits.enumerated() { all[first * rows * classes + i] = Double(logit) }
      numbers += all
    }
    let total = try sums.finish(numbers)
    if sharesLogits { logits = total.dropFirst(2).map { Float($0) } }
    return StepResult(loss: Float(total[0]), right: Int(total[1]), logits: logits)
  }
}
