internal import FermFormat

/// One epoch of a run.
extension Trainer {
  /// The steps of one epoch that are left; false when the owner stops the run among them.
  func runEpoch(
    _ set: FaceSet, _ recipe: Preprocessing, _ faces: Extent, _ classes: Int, _ owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    let isFinal = state.finalFrom != nil
    let epoch = state.epoch
    let isCalm = !isFinal && settings.isCalm(epoch: epoch)
    let batches = EpochBatches(
      set, faces: faces, recipe: recipe, classes: classes, settings: settings, teacher: teacher,
      plan: plan, epoch: epoch, isCalm: isCalm, blends: !isCalm && !isFinal, isFinal: isFinal)
    let first = state.finalFrom ?? 0
    let all = Double((isFinal ? settings.final.epochs : settings.epochs) * batches.count)
    func rate(_ step: Int) -> Double {
      schedule.rate(
        at: SchedulePlace(
          step: Double((epoch - first) * batches.count + step), steps: all,
          epochSteps: Double(batches.count)))
    }
    for i in state.step..<batches.count {
      // All processes stop before the same step.
      if try group.sum([owner.wantsStop ? 1 : 0])[0] > 0 { return false }
      let batch = try batches.batch(i, answers: answers, pool: pool, workers: workers)
      learningRate = rate(i)
      largestRate = max(largestRate, learningRate)
      let result = try step(
        inputs: batch.inputs, targets: batch.targets, seed: batches.seed(i), learningRate: learningRate,
        progress: batches.progress(i))
      guard result.loss.isFinite else { throw diverged("The loss is no longer a number", step: i + 1) }
      if !batch.isBlended { answers?.remember(result.logits, of: batch.faces) }
      state.running.loss += Double(result.loss) * Double(batch.targets.labels.count)
      state.running.right += result.right
      state.running.seen += batch.targets.labels.count
      state.step = i + 1
      try owner.report(
        .step(epoch: epoch + 1, done: i + 1, of: batches.count, faces: batch.faces.count))
    }
    state.history.append(TrainingState.HistoryRow(learningRate: rate(0)))
    return true
  }

  private func diverged(_ what: String, step: Int?) -> TrainError {
    let place = step.map { ", step \($0)" } ?? ""
    let way =
      state.epoch > 0
      ? "last.ferm holds the state after epoch \(state.epoch), and best.ferm the best so far: go on from one of them with --init and a smaller --lr."
      : "Try a smaller --lr."
    return .diverged(
      "\(what) in epoch \(state.epoch + 1)\(place), at a learning rate of up to \(largestRate). \(way)"
    )
  }

  /// A checkpoint must not hold what is no number.
  func checkWeights() throws(TrainError) {
    let sharer = Sharer(workers)
    for parameter in network.parameters {
      // A sum of values times zero is zero unless one of them is infinite or no number.
      let sum = parameter.value.withSpan { all in
        sharer.sum(parameter.value.count) { range in
          let values = all.extracting(range)
          var sum: Float = 0
          for i in values.indices { sum += values[i] * 0 }
          return Double(sum)
        }
      }
      guard sum == 0 else {
        throw diverged("The weights of \(parameter.name) are no longer numbers", step: nil)
      }
    }
  }

  /// Validates and counts the epoch; false when the owner stops the run before that is done.
  func endEpoch(
    _ validation: FaceSet?, _ recipe: Preprocessing, _ own: Preprocessing, _ owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    var evaluation: Evaluation?
    if let validation {
      let row = state.history.removeLast()
      // Until this is done, the run stands at the epoch's last step; the row comes again when that is gone on from.
      evaluation = try owner.validate(
        validation.fitted(to: recipe, from: own, workers: workers), recipe)
      guard evaluation != nil else { return false }
      state.history.append(row)
    }
    // Without faces that choose, the latest epoch is the best.
    let score = evaluation?.top1 ?? -1
    schedule.epochEnded(score: score)
    let seen = Double(max(state.running.seen, 1))
    let last = state.history.count - 1
    state.history[last].trainLoss = state.running.loss / seen
    state.history[last].trainAccuracy = Double(state.running.right) / seen
    if let evaluation {
      state.history[last].validationLoss = evaluation.loss
      state.history[last].validationAccuracy = evaluation.top1
    }
    state.epoch += 1
    state.step = 0
    state.running = (0, 0, 0)
    let isBest = evaluation == nil || score > state.best.score
    if isBest { state.best = (score, state.epoch) }
    try owner.report(
      .epoch(
        EpochResult(
          epoch: state.epoch, row: state.history[last], validation: evaluation, isBest: isBest,
          preprocessing: recipe)))
    return true
  }
}
