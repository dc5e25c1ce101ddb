import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train --data ... --out ...`: trains a network.
struct FitCommand {
  private let kind: NetworkKind
  private let settings: TrainingSettings
  private let width: Double
  private let limit: Int
  private let data: String
  private let validation: String?
  private let run: RunFolder
  private let workers: Workers
  private let quiet: Bool

  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words,
      valued: [
        "--data", "--out", "--val", "--network", "--width", "--epochs", "--batch", "--lr", "--weight-decay",
        "--optimizer", "--schedule", "--seed", "--threads", "--limit",
      ], flags: ["--overwrite", "--quiet"])
    if TrainTool.answered(arguments) { return ExitStatus.success }
    if let word = arguments.positional.first {
      throw UsageError("\(word) is neither an option nor a subcommand.")
    }
    try FitCommand(arguments).train()
    return ExitStatus.success
  }

  private init(_ arguments: Arguments) throws {
    guard let data = arguments.string("--data") else {
      throw UsageError("--data names the faces, and it is missing.")
    }
    guard let out = arguments.string("--out") else {
      throw UsageError("--out names the run's folder, and it is missing.")
    }
    var settings = TrainingSettings()
    settings.epochs = try arguments.integer("--epochs", in: 1...100_000) ?? settings.epochs
    settings.batch = try arguments.integer("--batch", in: 1...4096) ?? settings.batch
    settings.learningRate = Float(
      try arguments.number("--lr", in: 1e-9...100) ?? Double(settings.learningRate))
    settings.weightDecay = Float(
      try arguments.number("--weight-decay", in: 0...1) ?? Double(settings.weightDecay))
    settings.seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 0)
    settings.optimiser = try OptimiserKind.named(arguments.string("--optimizer") ?? settings.optimiser).name
    settings.schedule = try ScheduleKind.named(arguments.string("--schedule") ?? settings.schedule).name
    self.settings = settings
    kind = try NetworkKind.named(arguments.string("--network") ?? "vgg-s")
    width = try arguments.number("--width", in: 0.0625...4) ?? 1
    limit = try arguments.integer("--limit", in: 1...Int.max) ?? 0
    self.data = data
    validation = arguments.string("--val")
    quiet = arguments.has("--quiet")
    workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    run = try RunFolder(out, overwrite: arguments.has("--overwrite"))
  }

  private func train() throws {
    let preprocessing = Preprocessing.greyFaces(kind.side)
    let folder = try FaceFolder(path: data)
    var (trainFiles, validationFiles) = try split(folder)
    trainFiles = FaceFolder.sample(trainFiles, limit: limit, seed: settings.seed)
    let (decoder, preprocessor) = (FileDecoder(), Preprocessor(preprocessing))
    let trainSet = try FaceSet(trainFiles, decoder: decoder, preprocessor: preprocessor, workers: workers)
    let validationSet = try FaceSet(
      validationFiles.files, decoder: decoder, preprocessor: preprocessor, workers: workers)
    if !quiet {
      narrate(
        "\(kind.name): \(trainSet.count) training faces, \(validationSet.count) for validation (\(validationFiles.name)), \(folder.classes.count) classes, \(workers.count) threads"
      )
    }
    let network = kind.make(NetworkSettings(classes: folder.classes.count, width: width, seed: settings.seed))
    let labels = LabelSet(names: folder.classes)
    try run.writeSettings(description(trainSet.count, validationFiles.name, validationSet.count))

    let progress = ProgressLine(unit: "images", quiet: quiet)
    var started = ProgressLine.now
    var seen = 0
    let total =
      settings.epochs * (trainSet.count / min(settings.batch, max(trainSet.count, 1)))
      * min(settings.batch, max(trainSet.count, 1))
    func model(_ provenance: Provenance) throws(TrainError) -> Model {
      try Model(
        network, name: kind.name, preprocessing: preprocessing, labels: labels, provenance: provenance,
        workers: workers)
    }
    let trainer = Trainer(network, settings: settings, workers: workers)
    try trainer.run(on: trainSet, preprocessing: preprocessing) { () throws(TrainError) in
      guard validationSet.count > 0 else { return nil }
      let candidate = try model(Provenance())
      return try TrainTool.naming("the network in training") { () throws(FormatError) in
        try Evaluation(try Plan(candidate), on: validationSet, threads: workers.count)
      }
    } report: { event throws(TrainError) in
      switch event {
      case .step(let epoch, _, _, let batch):
        seen += batch
        progress.show(seen, of: total, prefix: "epoch \(epoch)/\(settings.epochs)")
      case .epoch(let result):
        progress.clear()
        let seconds = ProgressLine.now - started
        started = ProgressLine.now
        if !quiet { narrate(summary(result, seconds: seconds, images: trainSet.count)) }
        let file = try model(provenance(result, trainSet.count, validationFiles.name, validationSet.count))
        try run.write(result, seconds: seconds, model: file)
      }
    }
    if !quiet { narrate("written: \(run.path)/best.ferm and last.ferm") }
  }

  /// Which files train, and which choose.
  private func split(
    _ folder: FaceFolder
  ) throws -> (train: [LabelledFile], validation: (name: String, files: [LabelledFile])) {
    let train = folder.splits["train"] ?? []
    guard let validation else {
      for name in ["public", "val", "test"] {
        if let files = folder.splits[name] { return (train, (name, files)) }
      }
      return (train, ("none", []))
    }
    if let share = Double(validation) {
      guard share > 0, share < 1 else {
        throw UsageError("--val wants a folder or a share between 0 and 1, not \(validation).")
      }
      let chosen = FaceFolder.sample(train, limit: Int(Double(train.count) * share), seed: settings.seed)
      let paths = Set(chosen.map { $0.path })
      return (train.filter { !paths.contains($0.path) }, ("\(validation) of train", chosen))
    }
    let other = try FaceFolder(path: validation)
    guard other.classes == folder.classes else {
      throw TrainError.data("\(validation): its classes are not those of \(data).")
    }
    return (train, ("folder", other.splits.keys.sorted().flatMap { other.splits[$0] ?? [] }))
  }

  private func description(_ faces: Int, _ validation: String, _ count: Int) -> [(String, Provenance.Value)] {
    [
      ("train.network", .string(kind.name)), ("train.width", .real(width)),
      ("train.faces", .integer(Int64(faces))), ("train.epochs", .integer(Int64(settings.epochs))),
      ("train.batch", .integer(Int64(settings.batch))),
      ("train.learning_rate", .real(Double("\(settings.learningRate)") ?? 0)),
      ("train.weight_decay", .real(Double("\(settings.weightDecay)") ?? 0)),
      ("train.optimizer", .string(settings.optimiser)), ("train.schedule", .string(settings.schedule)),
      ("train.augmentation", .string("random crop \(kind.side.cropped) of \(kind.side.resized), mirror")),
      ("train.seed", .integer(Int64(bitPattern: settings.seed))), ("validation.split", .string(validation)),
      ("validation.faces", .integer(Int64(count))), ("tool", .string("fer-train \(toolVersion)")),
    ]
  }

  private func provenance(_ result: EpochResult, _ faces: Int, _ validation: String, _ count: Int)
    -> Provenance
  {
    var provenance = Provenance()
    for (key, value) in description(faces, validation, count) { provenance[key] = value }
    provenance["train.epoch"] = .integer(Int64(result.epoch))
    provenance["train.loss"] = .real(result.train.loss)
    if let evaluation = result.validation {
      provenance["validation.accuracy"] = .real(evaluation.top1)
      provenance["validation.loss"] = .real(evaluation.loss)
      provenance["validation.crops"] = .string("one centre crop")
      provenance["validation.interval95.low"] = .real(evaluation.interval.low)
      provenance["validation.interval95.high"] = .real(evaluation.interval.high)
    }
    return provenance
  }

  private func summary(_ result: EpochResult, seconds: Double, images: Int) -> String {
    func digits(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
    var text =
      "epoch \(result.epoch)/\(settings.epochs)  loss \(digits(result.train.loss, 4))  accuracy \(digits(100 * result.train.accuracy, 2)) %"
    if let evaluation = result.validation {
      text +=
        "  |  validation loss \(digits(evaluation.loss, 4))  accuracy \(digits(100 * evaluation.top1, 2)) %"
      if result.isBest { text += " *" }
    }
    return text + "  |  \(Int(Double(images) / max(seconds, 1e-9))) images/s  \(digits(seconds, 1)) s"
  }
}
