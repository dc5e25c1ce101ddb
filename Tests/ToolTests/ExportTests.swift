import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

/// `fer-train export` and back, as people run it.
extension ToolTests {
  private var exported: String { "\(Support.root)/models/default.ferm" }

  @Test(
    "export: every weight type gives a file that verifies, tests itself and says nearly the same",
    arguments: ElementType.allCases)
  func exportedWeights(type: ElementType) throws {
    let path = try Support.temporaryFolder() + "/small.ferm"
    #expect(try run("fer-train", "export", exported, "-o", path, "--weights", type.name).status == 0)
    let file = try ModelFile(path: path)
    try file.verify()
    #expect(file.tensors.allSatisfy { $0.info.type == ($0.info.shape.rank > 1 ? type : .fp32) })
    #expect(!file.selfTests.isEmpty)
    let plan = try Plan(file)
    try plan.check(file.selfTests)
    let input = Support.numbers(3 * plan.preprocessing.inputShape.count, seed: 4).map { 0.5 + 0.5 * $0 }
    let wanted = try Session(try Plan(path: exported), maxBatch: 3, threads: 1).probabilities(ofInputs: input)
    let got = try Session(plan, maxBatch: 3, threads: 1).probabilities(ofInputs: input)
    for (a, b) in zip(wanted.joined(), got.joined()) { #expect(abs(a - b) < 0.05) }
  }

  @Test("export: a stored file has no compressed byte, and the same content")
  func exportedStored() throws {
    let path = try Support.temporaryFolder() + "/stored.ferm"
    #expect(try run("fer-train", "export", exported, "-o", path, "--stored").status == 0)
    let file = try ModelFile(path: path)
    #expect(file.tensors.allSatisfy { $0.codec == .stored })
    #expect(try file.contentDigest() == ModelFile(path: exported).contentDigest())
  }

  @Test(
    "export: weights survive the way to safetensors and back, by a network's description or its model file",
    arguments: ["fp32", "int8"], ["default.net", "default.ferm"])
  func exportedSafetensors(type: String, network: String) throws {
    let folder = try Support.temporaryFolder()
    #expect(try run("fer-train", "export", exported, "-o", "\(folder)/a.ferm", "--weights", type).status == 0)
    #expect(
      try run(
        "fer-train", "export", "\(folder)/a.ferm", "-o", "\(folder)/a.safetensors", "--to", "safetensors"
      )
      .status == 0)
    let imported = try run(
      "fer-train", "import", "\(folder)/a.safetensors", "-o", "\(folder)/b.ferm", "--network",
      "\(Support.root)/models/\(network)")
    #expect(imported.status == 0, "\(imported.err)")
    let (before, after) = (
      try ModelFile(path: "\(folder)/a.ferm").loadModel(), try ModelFile(path: "\(folder)/b.ferm").loadModel()
    )
    #expect(before.tensors.map { $0.info.name } == after.tensors.map { $0.info.name })
    #expect(before.tensors.map { $0.floats() } == after.tensors.map { $0.floats() })
  }

  @Test(
    "export: a crop rule replaces that of its detector, others and the weights stay, and none takes it out")
  func exportedCrop() throws {
    let folder = try Support.temporaryFolder()
    func export(_ from: String, _ to: String, _ crop: String) throws -> Outcome {
      try run("fer-train", "export", from, "-o", "\(folder)/\(to)", "--crop", crop)
    }
    #expect(try export(exported, "a.ferm", "blazeface-short:1.25,0,-0.0625").status == 0)
    #expect(try export("\(folder)/a.ferm", "b.ferm", "another:2,0.5,0.25,level").status == 0)
    #expect(try export("\(folder)/b.ferm", "c.ferm", "blazeface-short:none").status == 0)
    let files = try ["a", "b", "c"].map { try ModelFile(path: "\(folder)/\($0).ferm") }
    let short = CropRule(detector: "blazeface-short", side: 1.25, down: -0.0625)
    let another = CropRule(detector: "another", side: 2, right: 0.5, down: 0.25, isLevel: true)
    #expect(files[0].cropRules.contains(short) && !files[0].cropRules.contains(another))
    #expect(files[1].cropRules.contains(short) && files[1].cropRules.contains(another))
    #expect(
      !files[2].cropRules.contains { $0.detector == short.detector } && files[2].cropRules.contains(another))
    let before = try ModelFile(path: exported).loadModel()
    #expect(try files[2].loadModel().tensors.map { $0.floats() } == before.tensors.map { $0.floats() })
  }

  @Test(
    "export: a crop rule that is none is a usage error with the spelling",
    arguments: [
      "blazeface-short", "blazeface-short:", ":1,0,0", "blazeface-short:1,0", "blazeface-short:1,0,0,upright",
      "blazeface-short:1,0,x", "blazeface-short:1,0,0,level,0",
    ])
  func exportedCropUsage(spelling: String) throws {
    let path = try Support.temporaryFolder() + "/x.ferm"
    let outcome = try run("fer-train", "export", exported, "-o", path, "--crop", spelling)
    #expect(outcome.status == 2 && outcome.err.contains("DETECTOR:SIDE,RIGHT,DOWN"))
  }

  @Test("export: what safetensors cannot hold is a usage error")
  func exportedUsage() throws {
    let path = try Support.temporaryFolder() + "/x.safetensors"
    for option in ["--weights=int8", "--stored", "--crop=blazeface-short:1,0,0"] {
      let outcome = try run("fer-train", "export", exported, "-o", path, "--to", "safetensors", option)
      #expect(outcome.status == 2)
    }
  }
}
