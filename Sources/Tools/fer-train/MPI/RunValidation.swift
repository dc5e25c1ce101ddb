import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// What a network in training says of the validation faces: each process asks it about a part of them.
///
/// A face's logits do not depend on what runs beside it, so all have those of one process that asks about all faces.
struct RunValidation {
  let trainer: Trainer
  let options: FitOptions
  let classes: [String]
  let workers: Workers
  let group: any ProcessGroup

  /// What a process tells the others of its part.
  private enum Answer: UInt8 {
    case logits
    case stopped
    case failed
  }

  /// Evaluates the network as it would be deployed now; nil where a signal stopped some process.
  ///
  /// - Parameter told: how many faces are done, as far as this process can tell.
  func evaluation(
    on set: FaceSet, _ preprocessing: Preprocessing, told: (Int) -> Void = { _ in }
  ) throws(TrainError) -> Evaluation? {
    let candidate = try trainer.model(
      name: options.kind.name, preprocessing: preprocessing, labels: LabelSet(names: classes))
    let part = (set.count * group.rank / group.count)..<(set.count * (group.rank + 1) / group.count)
    let own = answer(candidate, on: group.count > 1 ? set.keeping(Array(part)) : set) {
      told(min($0 * group.count, set.count))
    }
    var logits: [Float] = []
    var isStopped = false
    for bytes in try group.gather([own.kind.rawValue] + own.bytes) {
      switch bytes.first.flatMap({ Answer(rawValue: $0) }) {
      case .logits: logits += Self.numbers(bytes.dropFirst())
      case .stopped: isStopped = true
      case .failed, nil:
        let sentence = String(decoding: bytes.dropFirst(2), as: UTF8.self)
        throw bytes.dropFirst().first == 1 ? .diverged(sentence) : .model(sentence)
      }
    }
    guard !isStopped else { return nil }
    return Evaluation(
      logits: logits, labels: set.labels, classes: classes.count, temperature: candidate.labels.temperature)
  }

  /// The best model so far, which one of the processes reads.
  func bestModel(_ read: () throws(TrainError) -> Model?) throws(TrainError) -> Model {
    let own = try read()
    let place = "the first process's best.ferm"
    let bytes = try TrainTool.naming(place) { () throws(FormatError) in
      group.count > 1 ? try own?.encoded() ?? [] : []
    }
    let shared = try group.share(bytes, from: 0)
    if let own { return own }
    return try TrainTool.naming(place) { () throws(FormatError) in try ModelFile(bytes: shared).loadModel() }
  }

  /// What the network says of this process's part.
  private func answer(
    _ candidate: Model, on set: FaceSet, told: (Int) -> Void
  ) -> (kind: Answer, bytes: [UInt8]) {
    do throws(FormatError) {
      let logits = try Evaluation.logits(
        try Plan(candidate), on: set, views: options.settings.views, threads: workers.count,
        goesOn: { done in
          told(done)
          return !StopSignals.wantsStop
        })
      guard let logits else { return (.stopped, []) }
      return (.logits, logits.flatMap { Self.bytes($0) })
    } catch {
      let sentence = "the network in training: \(error.description)"
      return (.failed, [error.code == .notFinite ? 1 : 0] + Array(sentence.utf8))
    }
  }

  private static func bytes(_ number: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Float] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { place in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) })
    }
  }
}
