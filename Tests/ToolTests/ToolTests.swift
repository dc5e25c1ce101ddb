import FermFormat
import FermImage
import FermToolSupport
import Foundation
import TestSupport
import Testing

/// The tools as users run them: the built programs, real files.
@Suite("The tools", .serialized)
struct ToolTests {
  struct Outcome {
    let status: Int32
    let out: String
    let err: String
    var lines: [String] { out.split(separator: "\n").map(String.init) }
  }

  /// The folder that the running test bundle was built into holds the tools too.
  static let binaries: String = {
    let bundle = Bundle.allBundles.map { $0.bundlePath }.first { $0.hasSuffix(".xctest") }
    if let bundle { return URL(fileURLWithPath: bundle).deletingLastPathComponent().path }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
  }()

  func run(_ tool: String, _ arguments: String...) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(Self.binaries)/\(tool)")
    process.arguments = arguments
    let folder = try Support.temporaryFolder()
    _ = FileManager.default.createFile(atPath: "\(folder)/out", contents: nil)
    _ = FileManager.default.createFile(atPath: "\(folder)/err", contents: nil)
    process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/out")
    process.standardError = FileHandle(forWritingAtPath: "\(folder)/err")
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")), as: UTF8.self)
    }
    return Outcome(status: process.terminationStatus, out: try text("out"), err: try text("err"))
  }

  let model = "\(Support.root)/models/default.ferm"
  let faces = "\(Support.root)/Examples/faces"

  @Test(
    "the shipped models are whole, small and calibrated, and their cards are beside them",
    arguments: [("default", "README", 5_000_000), ("small", "small", 800_000)])
  func shippedModels(_ name: String, _ card: String, _ bytes: UInt64) throws {
    let model = "\(Support.root)/models/\(name).ferm"
    #expect(try run("fer-inspect", model, "--verify").status == 0)
    let file = try ModelFile(path: model)
    #expect(file.size <= bytes && !file.selfTests.isEmpty)
    guard case .real(let error) = file.provenance["eval.public.none.ece"] else {
      Issue.record("no calibration error")
      return
    }
    #expect(error < 0.04)
    #expect(file.provenance["eval.public.none.class0.recall"] != nil)
    let text = try String(contentsOfFile: "\(Support.root)/models/\(card).md", encoding: .utf8)
    #expect(try run("fer-inspect", model, "--card").out == text)
  }

  @Test("one record for each example face, in order, with probabilities that sum to 1")
  func examples() throws {
    let outcome = try run("fer-infer", model, faces, "--format", "jsonl")
    #expect(outcome.status == 0)
    var paths: [String] = []
    for line in outcome.lines {
      let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      paths.append(try #require(record["path"] as? String))
      let probs = try #require(record["probs"] as? [String: Double])
      #expect(abs(probs.values.reduce(0, +) - 1) < 1e-5)
      #expect(record["score"] as? Double == probs.values.max())
      #expect(record["v"] as? Int == 1 && record["ok"] as? Bool == true)
      #expect(record["label"] as? String == "happy")
    }
    #expect(paths.count == 4 && paths == paths.sorted())
  }

  @Test("one bad file gives a record of its own and does not stop the run")
  func badFiles() throws {
    let folder = try Support.temporaryFolder()
    let jpeg = try Data(contentsOf: URL(fileURLWithPath: "\(faces)/astronaut-grey.jpg"))
    try jpeg.write(to: URL(fileURLWithPath: "\(folder)/a.jpg"))
    try Data("just a text".utf8).write(to: URL(fileURLWithPath: "\(folder)/b.jpg"))
    try jpeg.prefix(jpeg.count / 2).write(to: URL(fileURLWithPath: "\(folder)/c.jpg"))
    try Data().write(to: URL(fileURLWithPath: "\(folder)/d.png"))
    try jpeg.write(to: URL(fileURLWithPath: "\(folder)/e.jpg"))
    let outcome = try run("fer-infer", model, folder, "\(folder)/missing.jpg")
    #expect(outcome.status == 1)
    let codes = try outcome.lines.map { line in
      let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return (record["error"] as? [String: Any])?["code"] as? String ?? "ok"
    }
    #expect(codes == ["ok", "unknown-type", "decode", "empty", "ok", "missing"])
  }

  @Test("what cannot be used gives one sentence and its status")
  func refusals() throws {
    let folder = try Support.temporaryFolder()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: "\(folder)/short.ferm"))
    var flipped = bytes
    flipped[bytes.count / 2] ^= 4
    try flipped.write(to: URL(fileURLWithPath: "\(folder)/flipped.ferm"))
    try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: true)
    let cases: [(Outcome, Int32, String)] = [
      (try run("fer-infer", "\(folder)/short.ferm", faces), 3, "short.ferm: The file ends within its chunk"),
      (try run("fer-infer", "\(folder)/flipped.ferm", faces), 3, "the file is damaged, copy it again"),
      (try run("fer-inspect", "\(folder)/flipped.ferm", "--verify"), 3, "the file is damaged, copy it again"),
      (try run("fer-inspect", "\(faces)/astronaut-grey.jpg"), 3, "This is not a .ferm file."),
      (try run("fer-inspect", "\(folder)/none.ferm"), 3, "No such file"),
      (try run("fer-infer", model, "\(folder)/empty"), 3, "there are no files in this folder"),
      (try run("fer-infer", model), 2, "at least one image"),
      (try run("fer-infer", model, faces, "--bach", "3"), 2, "did you mean --batch?"),
      (
        try run("fer-train", "--data", "\(folder)/nowhere", "--out", "\(folder)/r"), 3,
        "nowhere: there is no such folder"
      ),
      (
        try run("fer-train", "--data", "\(folder)/empty", "--out", "\(folder)/r"), 3,
        "there are no class folders"
      ),
      (
        try run("fer-train", "--data", folder, "--out", "\(folder)/r", "--network", "vgh"), 2,
        "--network takes one of vgg, vgg-s, efn, efn-gray, resnet18, mobilenetv2, not vgh; did you mean vgg?"
      ),
    ]
    for (outcome, status, words) in cases {
      #expect(outcome.status == status, "\(outcome.err)")
      #expect(outcome.err.contains(words), "\(outcome.err)")
      #expect(outcome.err.split(separator: "\n").count == 1, "\(outcome.err)")
    }
  }

  @Test("training on class folders writes a run; the same seed gives the same files on any number of threads")
  func train() throws {
    let folder = try Support.temporaryFolder()
    let names = [
      "astronaut-colour.png", "astronaut-grey.jpg", "astronaut-mirrored.png", "astronaut-small.png",
    ]
    for (label, name) in ["left", "right"].enumerated() {
      let place = "\(folder)/data/train/\(name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      for copy in 0..<3 {
        for file in names.dropFirst(2 * label).prefix(2) {
          try FileManager.default.copyItem(atPath: "\(faces)/\(file)", toPath: "\(place)/\(copy)-\(file)")
        }
      }
    }
    let options = [
      "--data", "\(folder)/data", "--network", "vgg-s", "--width", "0.0625", "--epochs", "2", "--batch", "4",
      "--val", "0.25",
    ]
    for (out, threads) in [("a", "1"), ("b", "2")] {
      let arguments = options + ["--out", "\(folder)/\(out)", "--threads", threads]
      let outcome = try runAll("fer-train", arguments)
      #expect(outcome.status == 0, "\(outcome.err)")
    }
    for file in ["last.ferm", "best.ferm"] {
      #expect(
        FileManager.default.contentsEqual(atPath: "\(folder)/a/\(file)", andPath: "\(folder)/b/\(file)"))
    }
    let rows = try String(contentsOfFile: "\(folder)/a/results.csv", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 3)
    let again = try runAll("fer-train", options + ["--out", "\(folder)/a"])
    #expect(again.status == 3 && again.err.contains("--overwrite"))
    let lost = try run("fer-train", "--data", "\(folder)/nowhere", "--out", "\(folder)/a", "--overwrite")
    #expect(lost.status == 3 && FileManager.default.fileExists(atPath: "\(folder)/a/best.ferm"))
    let evaluated = try run(
      "fer-train", "eval", "\(folder)/a/best.ferm", "--data", "\(folder)/data", "--split", "all", "--json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(evaluated.out.utf8)) as? [String: Any])
    #expect(object["n"] as? Int == 12 && (object["confusion"] as? [[Int]])?.count == 2)
    let smaller = try run(
      "fer-train", "export", "\(folder)/a/best.ferm", "-o", "\(folder)/half.ferm", "--weights", "fp16")
    #expect(smaller.status == 0)
    #expect(try run("fer-inspect", "\(folder)/half.ferm", "--verify").status == 0)
  }

  func runAll(_ tool: String, _ arguments: [String]) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(Self.binaries)/\(tool)")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, out: "", err: words)
  }

  @Test(
    "a hostile safetensors file is refused with one sentence",
    arguments: [
      #"{"a":{"dtype":"F32","shape":[1048576,1048576,1048576,1048576],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775807,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}"#, #"{"a":1}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, "[]", "{",
    ])
  func hostileSafetensors(header: String) throws {
    let path = try Support.temporaryFolder() + "/x.safetensors"
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    bytes += Array(header.utf8) + [0, 0, 0, 0]
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let outcome = try run("fer-train", "import", path, "-o", path + ".ferm")
    #expect(outcome.status == 3 && outcome.err.contains(path), "\(outcome.err)")
    #expect(!FileManager.default.fileExists(atPath: path + ".ferm"))
  }

  @Test("the inspector's page and JSON tell the same")
  func inspect() throws {
    let page = try run("fer-inspect", model)
    #expect(page.status == 0 && page.out.contains("angry, disgust, fear, happy, sad, surprise, neutral"))
    let json = try run("fer-inspect", model, "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any])
    let file = try ModelFile(path: model)
    #expect((object["graph"] as? [Any])?.count == file.graph.nodes.count)
    #expect(object["parameters"] as? Int == file.parameterCount)
    let provenance = try #require(object["provenance"] as? [String: Any])
    #expect((provenance["eval.public.none.accuracy"] as? Double ?? 0) >= 0.5)
  }

  @Test(
    "every tool answers --help with examples first, and --version",
    arguments: ["fer-train", "fer-infer", "fer-inspect"])
  func help(tool: String) throws {
    let help = try run(tool, "--help")
    #expect(help.status == 0 && help.lines.prefix(4).contains { $0.hasPrefix("  \(tool) ") })
    #expect(try run(tool, "--version").out == "\(tool) \(toolVersion)\n")
  }
}
