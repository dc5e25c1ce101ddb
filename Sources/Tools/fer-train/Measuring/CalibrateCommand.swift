import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train calibrate`: fits the temperature of a model's probabilities.
enum CalibrateCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words,
      valued: ["--data", "--split", "--threads", "--limit", "--output", "--votes", "--group", "--tta"],
      flags: ["--skip-bad"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, arguments.string("--data") != nil,
      let output = arguments.string("--output")
    else { throw UsageError("calibrate needs one model, --data, and -o for the calibrated model.") }
    let file = try ModelDestination(
      output, unlike: [try ModelPath.resolved(arguments.positional[0]), arguments.string("--data") ?? ""])
    let views = try Self.views(arguments.string("--tta") ?? TestTimeAugmentation.none.name)
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let scored = try ScoredFaces(arguments, arguments.positional[0], workers)
    var model = scored.model
    let logits = try Calibration.logits(model, scored.faces, views: views, workers)
    let fit = Calibration.fit(model, logits, scored.faces)
    Calibration.store(fit, in: &model, split: scored.split, views: views)
    narrate(scored.rule)
    narrate(Calibration.summary(fit, scored.split))
    try file.write(model)
    return scored.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  /// `none,flip`: the ways of looking at a face that one temperature is to serve.
  private static func views(_ text: String) throws(UsageError) -> [TestTimeAugmentation] {
    var all: [TestTimeAugmentation] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let views = TestTimeAugmentation.allCases.first(where: { $0.name == name }), !all.contains(views)
      else {
        throw UsageError("--tta takes none, flip, ten, or several of them once each, such as none,flip.")
      }
      all.append(views)
    }
    return all
  }
}
