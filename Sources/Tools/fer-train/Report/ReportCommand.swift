import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train report`: the page of a run that has ended or stopped.
enum ReportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--data", "--output", "--threads"], flags: ["--no-faces"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1 else {
      throw UsageError("report needs one folder of a run or of a sweep.")
    }
    if SweepFolder.isSweep(arguments.positional[0]) { return try runSweep(arguments) }
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let record = try RunRecord(arguments.positional[0])
    let output = arguments.string("--output") ?? "\(record.path)/report.html"
    let file = try OutputFile(
      FilePath(output),
      unlike: ["args.json", "results.csv", "last.ferm", "best.ferm"].map { FilePath("\(record.path)/\($0)") })
    let report = try RunReport(
      record, data: arguments.string("--data"), hidesFaces: arguments.has("--no-faces"), workers)
    try file.append(try report.bytes())
    try file.commit()
    narrate("written: \(output)")
    return ExitStatus.success
  }

  private static func runSweep(_ arguments: Arguments) throws -> Int32 {
    for option in ["--data", "--threads"] where arguments.string(option) != nil {
      throw UsageError("\(option) has no effect on the page of a sweep, which shows no faces; leave it out.")
    }
    let folder = try SweepFolder(arguments.positional[0])
    let output = arguments.string("--output")
    let path = output ?? "\(folder.path)/report.html"
    let file = try OutputFile(
      FilePath(path),
      unlike: ["sweep.json", "table.csv", "runs.csv"].map { FilePath("\(folder.path)/\($0)") })
    try file.append(try SweepPage(folder: folder, isInFolder: output == nil).bytes())
    try file.commit()
    narrate("written: \(path)")
    return ExitStatus.success
  }
}

extension RunReport {
  /// Reads the faces of a run again, and has best.ferm look at those of validation.
  ///
  /// - Parameter data: where the faces are now; where it is nil and they are gone, the page does without.
  init(_ record: RunRecord, data: String?, hidesFaces: Bool, _ workers: Workers) throws {
    let moved = data.map { FitOptions.without(["--data"], record.command) + ["--data", $0] }
    let arguments = try Arguments(
      moved ?? record.command, valued: FitOptions.valued, flags: FitOptions.flags)
    let state = record.state
    let kind = state.setting("train.network").flatMap { try? NetworkKind.named($0) }
    let width = state.setting("train.width").flatMap { Double($0) } ?? 1
    var options = try FitOptions(arguments, like: kind.map { ($0, width) })
    options.take(state)
    if hidesFaces { options.hidesFaces = true }
    let isThere = FileSystem.isFolder(options.data) || FileSystem.isFile(options.data)
    guard isThere || data != nil else {
      narrate(
        "\(options.data): the run's faces are not there any more, so the report has no figures by class and no faces; --data says where they are."
      )
      self.init(record: record, options: options, faces: nil, measured: nil, workers: workers)
      return
    }
    let faces = try TrainingFaces(options, workers: workers, quiet: true)
    for (key, value) in faces.described where key.hasSuffix(".digest") {
      guard let stated = state.setting(key), stated != value.text else { continue }
      throw TrainError.data(
        "\(options.data): these are not the faces of \(record.path): \(key) is \(value.text), and \(stated) in the run; --data names the faces that it had."
      )
    }
    var measured: MeasuredFaces?
    if faces.validation.count > 0, !options.settings.final.takesValidation {
      let best = record.best
      let set = faces.validation.fitted(to: best.preprocessing, from: options.preprocessing, workers: workers)
      let views = options.settings.views
      let logits = try TrainTool.naming("\(record.path)/best.ferm") { () throws(FormatError) in
        try Evaluation.logits(try Plan(best), on: set, views: views, threads: workers.count)
      }
      measured = Self.measured(best, logits, faces, options)
    }
    self.init(record: record, options: options, faces: faces, measured: measured, workers: workers)
  }

  /// What a run's best model says of its validation faces, shown as large as the network wants them at its full size.
  static func measured(
    _ best: Model, _ logits: [Float], _ faces: TrainingFaces, _ options: FitOptions
  ) -> MeasuredFaces {
    MeasuredFaces(
      logits, of: faces.validation, from: options.validationData, as: best.labels,
      size: options.hidesFaces ? nil : options.preprocessing.resized)
  }
}
