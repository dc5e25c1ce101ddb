import FermToolSupport
import FermTrain

/// The options as words of a command line.
extension FitOptions {
  static let valued = FitOption.all.filter { $0.word != nil }.map { $0.name }
  static let flags = FitOption.all.filter { $0.word == nil }.map { $0.name }
  /// What a resumed run may be given anew.
  static let free = FitOption.all.filter { $0.isFree }.map { $0.name }

  /// The words of a command line without these options.
  static func without(_ names: Set<String>, _ words: [String]) -> [String] {
    OptionWords.split(words, valued: valued).filter { !names.contains($0.subject) }.flatMap { $0.words }
  }

  /// Refuses options without effect, and a folder for the run that lies among the faces.
  func refuseUnfit(_ arguments: Arguments, out: String) throws(UsageError) {
    try refuseUnused(arguments)
    try RunPlace.refuse(out, among: data)
    if case .path(let path) = validation { try RunPlace.refuse(out, among: path) }
  }

  /// Refuses options that the rest of the command line leaves without effect: a user who gives one expects an effect.
  func refuseUnused(_ arguments: Arguments) throws(UsageError) {
    for option in FitOption.all where arguments.string(option.name) != nil {
      if let why = option.unused(self) {
        throw UsageError("\(option.name) has no effect \(why); leave it out.")
      }
    }
  }

  /// Refuses what asks for faces to validate on when there are none.
  ///
  /// - Throws: a sentence that says how to get some.
  func refuseBlind(_ arguments: Arguments) throws(UsageError) {
    let blind =
      settings.earlyStop > 0
      ? "--early-stop"
      : schedule.followsValidation
        ? "--schedule \(schedule.name)"
        : settings.final.epochs > 0 && finalSchedule.followsValidation
          ? "--final-schedule \(finalSchedule.name)" : nil
    let other = ["--tta", "--final-on", "--keep-best"].first { arguments.string($0) != nil }
    guard let option = blind ?? other else { return }
    throw UsageError(
      "\(option) needs faces to validate on, and there are none: --val 0.1 takes a tenth of each class's.")
  }
}
