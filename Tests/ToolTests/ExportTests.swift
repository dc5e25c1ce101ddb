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

  @Test("export: weights survive the way to safetensors and back", arguments: ["fp32", "int8"])
  func exportedSafetensors(type: String) throws {
    let folder = try Support.temporaryFolder()
    #expect(try run("fer-train", "export", exported, "-o", "\(folder)/a.ferm", "--weights", type).status == 0)
    #expect(
      try run(
        "fer-train", "export", "\(folder)/a.ferm", "-o", "\(folder)/a.safetensors", "--to", "safetensors"
      )
      .status == 0)
    let imported = try run(
      "fer-train", "import", "\(folder)/a.safetensors", "-o", "\(folder)/b.ferm", "--network", "vgg-s")
    #expect(imported.status == 0, "\(imported.err)")
    let (before, after) = (
      try ModelFile(path: "\(folder)/a.ferm").loadModel(), try ModelFile(path: "\(folder)/b.ferm").loadModel()
    )
    #expect(before.tensors.map { $0.info.name } == after.tensors.map { $0.info.name })
    #expect(before.tensors.map { $0.floats() } == after.tensors.map { $0.floats() })
  }

  @Test("export: what safetensors cannot hold is a usage error")
  func exportedUsage() throws {
    let path = try Support.temporaryFolder() + "/x.safetensors"
    for option in ["--weights=int8", "--stored"] {
      let outcome = try run("fer-train", "export", exported, "-o", path, "--to", "safetensors", option)
      #expect(outcome.status == 2)
    }
  }
}
