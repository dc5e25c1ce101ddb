import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// What a run needs beside its options, and what trains without a run.
extension FitOptions {
  /// The teacher that the options name, and what it says of every face that trains, if it looks at these.
  func loadedTeacher(of faces: TrainingFaces, _ workers: Workers, quiet: Bool) throws(TrainError) -> Teacher?
  {
    guard !teachers.isEmpty else { return nil }
    let paths = try teachers.map { path throws(TrainError) in try ModelPath.resolved(path) }
    guard teacherSight == .faces else {
      let teacher = try Teacher(
        ofCrops: paths, temperature: teacherTemperature, share: teacherShare, preprocessing: preprocessing,
        classes: faces.classes, workers: workers,
        precision: settings.precision == .bf16 ? .fast : .exact)
      if !quiet { narrate("\(paths.listed): \(paths.count == 1 ? "teaches" : "teach") every crop") }
      return teacher
    }
    var taught = faces.train
    let final = settings.final
    if final.epochs > 0, final.takesValidation { taught.append(faces.validation) }
    let teacher = try Teacher(
      paths: paths, temperature: teacherTemperature, share: teacherShare, faces: taught,
      preprocessing: preprocessing, classes: faces.classes, workers: workers)
    if !quiet, let agreed = teacher.agreement {
      let agreement = String(format: "%.1f", 100 * agreed)
      let verbs = paths.count == 1 ? ("teaches", "agrees") : ("teach", "agree together")
      narrate(
        "\(paths.listed): \(verbs.0) \(taught.count) faces, and \(verbs.1) with the labels of \(agreement) % of them"
      )
    }
    return teacher
  }

  /// Refuses a precision that this processor has no instructions for.
  func requireInstructions() throws(TrainError) {
    guard !settings.precision.isAvailable else { return }
    throw .setting(
      "--precision asks for \(Self.lacking(settings.precision)); train where they are, or with --precision fp32."
    )
  }

  /// Refuses a format for the sums of shards where a batch is whole.
  func requireShards() throws(TrainError) {
    guard settings.wire != .fp32, settings.shards == 1 else { return }
    throw .setting(
      "--wire \(settings.wire.rawValue) is how the gradients of shards are added, and batches are whole here; give --shards S too."
    )
  }

  /// A precision, and what it takes.
  static func lacking(_ precision: TrainingPrecision) -> String {
    "\(precision.rawValue), for which this processor lacks the instructions (AVX512_BF16)"
  }
}
