import FermFormat
import FermImage
import Foundation
import TestSupport
import Testing

/// Training as users run it.
extension ToolTests {
  /// Class folders of small noisy faces: light above or light below.
  private func dataFolder(_ count: Int = 12) throws -> String {
    let folder = try Support.temporaryFolder()
    for (label, name) in ["above", "below"].enumerated() {
      let place = "\(folder)/data/train/\(name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      for i in 0..<count { try writeFace(label, i, to: "\(place)/\(i).png") }
    }
    return folder
  }

  private func writeFace(_ label: Int, _ i: Int, width: Int = 48, to path: String) throws {
    let noise = Support.numbers(48 * width, seed: UInt64(2 * i + label))
    let pixels = (0..<(48 * width)).map { place in
      UInt8(((place / width < 24) == (label == 0) ? 170 : 70) + 50 * noise[place])
    }
    try PNGFile.write(
      Image(width: width, height: 48, channels: 1, pixels: pixels), to: Array(path.utf8))
  }

  private var quick: [String] {
    ["--network", "vgg-s", "--width", "0.0625", "--batch", "4", "--val", "0.25", "--epochs", "3"]
  }

  private func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(Self.binaries)/fer-train")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func same(_ a: String, _ b: String) -> Bool {
    FileManager.default.contentsEqual(atPath: a, andPath: b)
  }

  @Test(
    "a run that is killed or told to end goes on to the same bytes", arguments: [SIGKILL, SIGTERM, SIGINT])
  func interrupted(signal: Int32) throws {
    let folder = try dataFolder(40)
    let options = ["--data", "\(folder)/data"] + quick + ["--save-every", "1"]
    #expect(try runAll("fer-train", options + ["--out", "\(folder)/a"]).status == 0)
    let process = try start(options + ["--out", "\(folder)/b"])
    while process.isRunning, !FileManager.default.fileExists(atPath: "\(folder)/b/epoch_1.ferm") {
      usleep(2000)
    }
    usleep(30_000)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    if signal != SIGKILL { #expect(process.terminationStatus == 0 && process.terminationReason == .exit) }
    let rest = try runAll("fer-train", ["--resume", "--out", "\(folder)/b"])
    #expect(rest.status == 0, "\(rest.err)")
    for file in ["last.ferm", "best.ferm", "epoch_3.ferm"] {
      #expect(same("\(folder)/a/\(file)", "\(folder)/b/\(file)"))
    }
    let rows = try String(contentsOfFile: "\(folder)/b/results.csv", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 4 && rows.dropFirst().enumerated().allSatisfy { $1.hasPrefix("\($0 + 1),") })
    for file in ["curves.svg", "confusion.svg", "augmented.png"] {
      #expect(FileManager.default.fileExists(atPath: "\(folder)/b/\(file)"))
    }
    #expect(try run("fer-inspect", "\(folder)/b/last.ferm", "--verify").status == 0)
    #expect(try run("fer-infer", "\(folder)/b/last.ferm", "\(folder)/data").status == 0)
    // A run that is complete stays as it is.
    #expect(try runAll("fer-train", ["--resume", "--out", "\(folder)/b"]).status == 0)
    #expect(same("\(folder)/a/last.ferm", "\(folder)/b/last.ferm"))
  }

  @Test("a resume that does not fit the run is refused with the reason")
  func mismatchedResume() throws {
    let folder = try dataFolder()
    let out = "\(folder)/run"
    let options = ["--data", "\(folder)/data", "--out", out] + quick
    #expect(try runAll("fer-train", options).status == 0)
    let saved = try Data(contentsOf: URL(fileURLWithPath: "\(out)/last.ferm"))
    try writeFace(0, 99, to: "\(folder)/data/train/above/new.png")
    let cases: [([String], String)] = [
      (
        ["--resume", "--out", out, "--lr", "0.5"],
        "the run has no --lr, so it cannot be resumed with --lr 0.5"
      ),
      (["--resume", "--out", out, "--batch", "8"], "the run has --batch 4"),
      (["--resume", "--out", out], "train.faces is"),
      (["--resume", "--out", "\(folder)/nowhere"], "there is no run in this folder"),
    ]
    for (arguments, words) in cases {
      let outcome = try runAll("fer-train", arguments)
      #expect(outcome.status == 3 && outcome.err.contains(words), "\(outcome.err)")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(out)/last.ferm")) == saved)
  }

  @Test("faces that cannot be used are named, and --skip-bad goes on without them")
  func badFaces() throws {
    let folder = try dataFolder()
    let bad = "\(folder)/data/train/below/broken.jpg"
    try Data("no image".utf8).write(to: URL(fileURLWithPath: bad))
    let options = ["--data", "\(folder)/data"] + quick
    let refused = try runAll("fer-train", options + ["--out", "\(folder)/a"])
    #expect(refused.status == 3 && refused.err.contains(bad) && refused.err.contains("--skip-bad"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
    try writeFace(1, 77, width: 47, to: "\(folder)/data/train/below/narrow.png")
    let skipped = try runAll("fer-train", options + ["--out", "\(folder)/a", "--skip-bad"])
    #expect(skipped.status == 1 && skipped.err.contains("left out: \(bad)"), "\(skipped.err)")
    #expect(skipped.err.contains("narrow.png is 47x48 where the others are 48x48"))
    try FileManager.default.createDirectory(
      atPath: "\(folder)/data/train/empty", withIntermediateDirectories: true)
    let empty = try runAll("fer-train", options + ["--out", "\(folder)/b"])
    #expect(empty.status == 3 && empty.err.contains("train/empty: the class has no images"))
  }

  @Test("a diverging run stops, says where, and keeps the last good checkpoint")
  func divergence() throws {
    let folder = try dataFolder()
    let options = ["--data", "\(folder)/data", "--out", "\(folder)/run"] + quick
    let outcome = try runAll(
      "fer-train", options + ["--lr", "1000", "--weight-decay", "1", "--warmup", "0"])
    #expect(outcome.status == 3 && outcome.err.contains("no longer"), "\(outcome.err)")
    if FileManager.default.fileExists(atPath: "\(folder)/run/last.ferm") {
      #expect(try run("fer-inspect", "\(folder)/run/last.ferm", "--verify").status == 0)
    }
  }

  @Test("weights of another run begin a new one with other classes, and frozen layers stay")
  func transfer() throws {
    let folder = try dataFolder()
    let first = ["--data", "\(folder)/data", "--out", "\(folder)/a"] + quick
    #expect(try runAll("fer-train", first).status == 0)
    let place = "\(folder)/data/train/third"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    for i in 0..<12 { try writeFace(i % 2, 200 + i, to: "\(place)/\(i).png") }
    let outcome = try runAll(
      "fer-train",
      [
        "--data", "\(folder)/data", "--out", "\(folder)/b", "--init", "\(folder)/a/best.ferm", "--freeze",
        "conv*,bn*", "--epochs", "1", "--batch", "4", "--ema", "0", "--val", "0.25",
      ])
    #expect(outcome.status == 0 && outcome.err.contains("begin afresh for 3 classes"), "\(outcome.err)")
    let (a, b) = (
      try ModelFile(path: "\(folder)/a/best.ferm").loadModel(),
      try ModelFile(path: "\(folder)/b/best.ferm").loadModel()
    )
    #expect(b.labels.names == ["above", "below", "third"])
    for weight in a.tensors where weight.info.name.hasPrefix("conv") || weight.info.name.hasPrefix("bn") {
      #expect(b.tensors.first { $0.info.name == weight.info.name }?.floats() == weight.floats())
    }
  }

  @Test("a teacher is used, stated and checked, and one that does not fit is refused")
  func teacher() throws {
    let folder = try dataFolder()
    let options = ["--data", "\(folder)/data"] + quick
    #expect(try runAll("fer-train", options + ["--out", "\(folder)/a"]).status == 0)
    let path = "\(folder)/teacher.ferm"
    try FileManager.default.copyItem(atPath: "\(folder)/a/best.ferm", toPath: path)
    let taught = options + ["--teacher", path, "--teacher-share", "0.3"]
    let outcome = try runAll("fer-train", taught + ["--out", "\(folder)/b"])
    #expect(outcome.status == 0 && outcome.err.contains("teaches 18 faces"), "\(outcome.err)")
    let model = try ModelFile(path: "\(folder)/b/best.ferm")
    #expect(model.provenance["train.teacher.share"] == .real(0.3) && model.provenance["train.teacher"] != nil)
    #expect(!same("\(folder)/a/best.ferm", "\(folder)/b/best.ferm"))
    // Several teach together, and flatter.
    let two = ["--teacher", path, "--teacher", "\(folder)/b/last.ferm", "--teacher-temperature", "2"]
    let both = try runAll("fer-train", options + two + ["--out", "\(folder)/two"])
    #expect(both.status == 0 && both.err.contains("last.ferm: teach 18 faces"), "\(both.err)")
    let pupil = try ModelFile(path: "\(folder)/two/best.ferm")
    #expect(pupil.provenance["train.teacher.temperature"] == .real(2))
    #expect(try runAll("fer-train", ["--resume", "--out", "\(folder)/two"]).status == 0)
    // They look at each crop, and the final stage needs no more of them.
    let live = [
      "--teacher", path, "--teacher-sees", "crops", "--teacher-share", "1", "--mixup", "1:1",
      "--final-epochs", "1",
      "--final-on", "all",
    ]
    let sees = try runAll("fer-train", options + live + ["--out", "\(folder)/live"])
    #expect(sees.status == 0 && sees.err.contains("teacher.ferm: teaches every crop"), "\(sees.err)")
    let seeing = try ModelFile(path: "\(folder)/live/last.ferm")
    #expect(seeing.provenance["train.teacher.sees"] == .string("crops"))
    #expect(try runAll("fer-train", ["--resume", "--out", "\(folder)/live"]).status == 0)
    // The final stage takes faces for validation, too, so the teacher must see them.
    let all = try runAll(
      "fer-train", taught + ["--final-epochs", "1", "--final-on", "all", "--out", "\(folder)/c"])
    #expect(all.status == 0 && all.err.contains("teaches 24 faces"), "\(all.err)")

    let other = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/b/best.ferm"))
    try other.write(to: URL(fileURLWithPath: path))
    let changed = try runAll("fer-train", ["--resume", "--out", "\(folder)/b"])
    #expect(changed.status == 3 && changed.err.contains("train.teacher is"), "\(changed.err)")
    let place = "\(folder)/data/train/third"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    for i in 0..<12 { try writeFace(i % 2, 200 + i, to: "\(place)/\(i).png") }
    for (arguments, status, words) in [
      (taught, Int32(3), "teacher.ferm: a teacher must know the classes of the data"),
      (options + ["--teacher", "\(folder)/nowhere.ferm"], 3, "nowhere.ferm"),
      (options + ["--teacher-share", "0.3"], 2, "--teacher-share needs --teacher"),
      (options + ["--teacher-temperature", "2"], 2, "--teacher-temperature needs --teacher"),
      (options + ["--teacher-sees", "crops"], 2, "--teacher-sees needs --teacher"),
      (options + ["--teacher", path, "--teacher-share", "0"], 2, "--teacher-share"),
      (options + ["--teacher", path, "--teacher-sees", "crop"], 2, "did you mean crops?"),
    ] {
      let refused = try runAll("fer-train", arguments + ["--out", "\(folder)/d"])
      #expect(refused.status == status && refused.err.contains(words), "\(refused.err)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/d"))
    }
  }

  @Test("the reference's spelling works, and unknown words are refused")
  func referenceSpelling() throws {
    let folder = try dataFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(Self.binaries)/fer-train")
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.arguments = [
      "network=vgg-s", "name=mine", "n_epochs=1", "bs=4", "lr=0.01", "drop=0.1", "--data", "data", "--width",
      "0.0625",
      "--final-epochs", "1", "--val", "0.25", "--quiet",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let model = try ModelFile(path: "\(folder)/runs/mine/best.ferm")
    #expect(model.provenance["train.schedule"] == .string("plateau"))
    #expect(model.provenance["train.epochs"] == .integer(1))
    let outcome = try runAll("fer-train", ["netwrk=vgg"])
    #expect(outcome.status == 2 && outcome.err.contains("There is no setting netwrk"))
  }

  @Test("a calibrated model decides as before, and says how sure it is")
  func calibrate() throws {
    let folder = try dataFolder()
    #expect(
      try runAll("fer-train", ["--data", "\(folder)/data", "--out", "\(folder)/a"] + quick).status == 0)
    let path = "\(folder)/a/best.ferm"
    // Six validation faces are too few to fit anything.
    #expect(try ModelFile(path: path).labels.temperature == 1)
    let outcome = try runAll(
      "fer-train", ["calibrate", path, "--data", "\(folder)/data", "-o", "\(folder)/c.ferm"])
    #expect(outcome.status == 0 && outcome.err.contains("are too few"), "\(outcome.err)")
    for tta in ["none", "flip", "ten"] {
      let report = try run(
        "fer-train", "eval", "\(folder)/c.ferm", "--data", "\(folder)/data", "--tta", tta, "--json")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(report.out.utf8)) as? [String: Any])
      // The faces that --val held out are drawn again.
      #expect(object["n"] as? Int == 6 && object["split"] as? String == "val")
      #expect((object["protocol"] as? String)?.contains("the faces that chose it") ?? false)
      #expect(object["top1"] is Double && object["ece"] is Double)
    }
  }

  @Test("eval -o writes the figures into the file, export a card and a licence, and the card shows them all")
  func recordedFigures() throws {
    let folder = try dataFolder()
    for (label, name) in ["above", "below"].enumerated() {
      let place = "\(folder)/data/test/\(name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      // The first two are training faces, too.
      for i in [0, 1, 20, 21, 22] { try writeFace(label, i, to: "\(place)/\(i).png") }
    }
    #expect(
      try runAll("fer-train", ["--data", "\(folder)/data", "--out", "\(folder)/a"] + quick).status == 0)
    try "## For whom\n\nFor *tests*.\n".write(toFile: "\(folder)/card.md", atomically: true, encoding: .utf8)
    let path = "\(folder)/b.ferm"
    let exported = try runAll(
      "fer-train",
      [
        "export", "\(folder)/a/best.ferm", "-o", path, "--weights", "int8", "--license", "MIT", "--card",
        "\(folder)/card.md",
      ])
    #expect(exported.status == 0, "\(exported.err)")
    for options in [[], ["--tta", "ten"], ["--drop-duplicates"]] {
      let outcome = try runAll(
        "fer-train", ["eval", path, "--data", "\(folder)/data", "--split", "test", "-o", path] + options)
      #expect(outcome.status == 0, "\(outcome.err)")
    }
    let file = try ModelFile(path: path)
    try file.verify()
    #expect(file.provenance["eval.test.none.faces"] == .integer(10))
    #expect(file.provenance["eval.test-unseen.none.faces"] == .integer(6))
    #expect(file.provenance["eval.test.ten.accuracy"] != nil && file.provenance["license"] == .string("MIT"))
    let card = try run("fer-inspect", path, "--card").out
    for words in [
      "license: \"mit\"", "split: \"test-unseen\"", "Top-1 accuracy, ten crops", "| test | 10 | ten crops |",
      "| above | 5 |", "## For whom\n\nFor *tests*.\n\n## Where",
    ] { #expect(card.contains(words), "\(words)") }
    // Other weights, other figures: an export that changes them leaves the old ones out.
    let half = "\(folder)/half.ferm"
    #expect(try run("fer-train", "export", path, "-o", half, "--weights", "fp16").status == 0)
    #expect(try ModelFile(path: half).provenance["eval.test.none.faces"] == nil)
    let outcome = try runAll(
      "fer-train", ["eval", path, "--data", "\(folder)/data", "--split", "train", "--drop-duplicates"])
    #expect(outcome.status == 2 && outcome.err.contains("other than train"), "\(outcome.err)")
  }
}
