import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train lr-find`: which learning rates a run would bear.
enum LrFindCommand {
  private static let own = ["--steps", "--from", "--to"]
  /// Options of a run that concern its length, its rates or its files.
  private static let idle = Set(
    FitOption.scheduling.map { $0.name } + [
      "--lr", "--epochs", "--max-hours", "--ema", "--calm-epochs", "--save-every", "--tta", "--resume",
      "--from-epoch", "--overwrite",
    ])

  static func run(_ words: [String]) throws -> Int32 {
    let words = try Configuration.expanded(
      try ReferenceSpelling.translated(words), valued: FitOptions.valued + own, flags: FitOptions.flags)
    let arguments = try Arguments(
      words, valued: FitOptions.valued + own, flags: FitOptions.flags, foreign: ForeignNames.training)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    if let word = arguments.positional.first {
      throw UsageError("lr-find takes options alone, and \(word) is none; the faces are --data \(word).")
    }
    let quiet = arguments.has("--quiet")
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let start = try arguments.string("--init").map { path throws(TrainError) in
      try Transfer(path: ModelPath.resolved(path))
    }
    let options = try FitOptions(arguments, like: start?.network)
    try options.refuseUnused(arguments)
    try options.requireInstructions()
    try options.requireShards()
    let rates = try rates(arguments, options)
    let steps = try arguments.integer("--steps", in: 30...100_000) ?? 300
    if let out = arguments.string("--out") { try RunPlace.refuse(out, among: options.data) }
    let folder = try arguments.string("--out").map { try LrFindFolder($0) }
    let idle = FitOption.all.map { $0.name }.filter {
      Self.idle.contains($0) && (arguments.string($0) != nil || arguments.has($0))
    }
    if !idle.isEmpty, !quiet { narrate("without effect on a test of rates: \(idle.listed)") }

    let faces = try TrainingFaces(options, workers: workers, quiet: quiet)
    let teacher = try options.loadedTeacher(of: faces, workers, quiet: quiet)
    let network = try options.network(classes: faces.classes.count, seed: options.settings.seed)
    if let start {
      let report = try start.load(into: network, labels: faces.classes)
      if !quiet { narrate(report) }
    }
    let trainer = try options.trainer(
      network, workers: workers, frozen: try Transfer.frozen(options.freeze, in: network), teacher: teacher)
    let progress = ProgressLine(unit: "steps", quiet: quiet)
    let test = try trainer.rateTest(
      steps: steps, rates: rates, on: faces.train, preprocessing: options.preprocessing,
      classes: faces.classes.count, report: { progress.show($0, of: steps) })
    progress.clear()
    try folder?.write(test)
    print(LrFindReport(test: test, optimiser: options.optimiser.name).text)
    if !quiet { narrate(folder?.said ?? "--out FOLDER keeps the curve: lr-find.svg and lr-find.csv") }
    guard test.suggestion != nil else { return ExitStatus.someFailed }
    return faces.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  /// The rates to go through: around the optimiser's usual one where the user names none.
  private static func rates(
    _ arguments: Arguments, _ options: FitOptions
  ) throws(UsageError) -> ClosedRange<Double> {
    let usual = options.optimiser.learningRate
    let limits = 1e-12...1e6
    let first = try arguments.number("--from", in: limits)
    let last = try arguments.number("--to", in: limits)
    let from = first ?? min(usual / 1000, (last ?? usual) / 1000)
    let to = last ?? max(usual * 1000, from * 1000)
    guard from < to else {
      throw UsageError("--from \(from.short) is the smaller rate and --to \(to.short) the larger; swap them.")
    }
    return from...to
  }
}

/// Where the curve goes.
struct LrFindFolder {
  private let outputs: (csv: OutputFile, svg: OutputFile)
  private let path: String

  /// Makes the folder, if it is not there, and begins its files.
  init(_ path: String) throws {
    guard !FileSystem.isFile(path) else { throw UsageError("--out names a folder, and \(path) is a file.") }
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw TrainError.data("\(path): the folder cannot be made: \(error.localizedDescription)")
    }
    self.path = path
    outputs = (
      try OutputFile(FilePath("\(path)/lr-find.csv")), try OutputFile(FilePath("\(path)/lr-find.svg"))
    )
  }

  func write(_ test: RateTest) throws(FileError) {
    var table = "step,learning_rate,loss,smoothed_loss\n"
    for (i, point) in test.points.enumerated() {
      table += "\(i + 1),\(point.rate),\(point.loss),\(point.smoothed)\n"
    }
    try outputs.csv.append(Array(table.utf8))
    try outputs.csv.commit()
    try outputs.svg.append(Array(RateChart.svg(test).utf8))
    try outputs.svg.commit()
  }

  var said: String { "written: \(path.printable)/lr-find.svg and lr-find.csv" }
}
