import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// What a run needs beside its options, and what trains without a run.
extension FitOptions {
  /// The teacher that the options name, and what it says of every face that trains.
  func loadedTeacher(of faces: TrainingFaces, _ workers: Workers, quiet: Bool) throws(TrainError) -> Teacher?
  {
    guard let given = teacher else { return nil }
    let path = try ModelPath.resolved(given)
    var taught = faces.train
    let final = settings.final
    if final.epochs > 0, final.takesValidation { taught.append(faces.validation) }
    let teacher = try Teacher(
      path: path, share: teacherShare, faces: taught, preprocessing: preprocessing, classes: faces.classes,
      workers: workers)
    if !quiet {
      let agreement = String(format: "%.1f", 100 * teacher.agreement)
      narrate("\(path): teaches \(taught.count) faces, and agrees with the labels of \(agreement) % of them")
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

  /// A precision, and what it takes.
  static func lacking(_ precision: TrainingPrecision) -> String {
    "\(precision.rawValue), for which this processor lacks the instructions (AVX512_BF16)"
  }
}
