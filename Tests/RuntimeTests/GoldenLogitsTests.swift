import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

/// Logits to the last bit, by network, by what computes them and by the session's largest batch: a line of hexadecimal
/// numbers for each image. They are the promise that a version changes no result of the one before; `exact` has bits of its own
/// on each instruction set, `fast` the same on all that have narrow products.
enum GoldenLogits {
  typealias Rows = [String: [String]]

  static let path = "\(Support.root)/Tests/Golden/logits.json"
  static let batches = [1, 3, 9]
  static let images = 4

  static func read() throws -> [String: [String: Rows]] {
    try JSONDecoder().decode(
      [String: [String: Rows]].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func lines(_ logits: [Float], classes: Int) -> [String] {
    stride(from: 0, to: logits.count, by: classes).map { first in
      logits[first..<first + classes].map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    }
  }

  /// What a plan gives for the first images, by the session's largest batch.
  static func rows(_ network: GoldenNetwork, _ plan: Plan, _ precision: Precision = .exact) throws -> Rows {
    var rows: Rows = [:]
    for batch in batches {
      let session = try Session(plan, maxBatch: batch, threads: 2, precision: precision)
      rows["\(batch)"] = lines(try session.logits(network.inputs(images)), classes: 5)
    }
    return rows
  }
}

@Suite("Golden logits")
struct GoldenLogitsTests {
  @Test(
    "exact has the bits of the version before, on each instruction set",
    arguments: GoldenNetwork.allCases, InstructionSet.allCases.filter { $0.isAvailable })
  func exact(network: GoldenNetwork, instructions: InstructionSet) throws {
    let golden = try #require(try GoldenLogits.read()[network.rawValue]?[instructions.rawValue])
    let plan = try Plan(try network.model(), instructions: instructions)
    #expect(try GoldenLogits.rows(network, plan) == golden)
  }

  @Test("exact has the bits of AVX-512 where that is emulated", arguments: GoldenNetwork.allCases)
  func emulated(network: GoldenNetwork) throws {
    let plan = try Plan(try network.model(), instructions: .emulated)
    #expect(try GoldenLogits.rows(network, plan) == GoldenLogits.read()[network.rawValue]?["avx512"])
  }

  @Test(
    "fast has the same bits in the processor and emulated",
    arguments: GoldenNetwork.allCases, FastPrecisionTests.sets)
  func fast(network: GoldenNetwork, instructions: InstructionSet) throws {
    let golden = try #require(try GoldenLogits.read()[network.rawValue]?["fast"])
    let plan = try Plan(try network.model(), instructions: instructions)
    #expect(try GoldenLogits.rows(network, plan, .fast) == golden)
  }

  /// `FERM_GOLDEN_LOGITS=record swift test --filter GoldenLogitsTests/record` writes what this version gives, on a processor
  /// that has every instruction set.
  @Test(
    "are written where that is asked for",
    .enabled(if: ProcessInfo.processInfo.environment["FERM_GOLDEN_LOGITS"] == "record"))
  func record() throws {
    var networks: [String: [String: GoldenLogits.Rows]] = [:]
    for network in GoldenNetwork.allCases {
      for instructions in [InstructionSet.portable, .avx2, .avx512] {
        let plan = try Plan(try network.model(), instructions: instructions)
        networks[network.rawValue, default: [:]][instructions.rawValue] = try GoldenLogits.rows(network, plan)
      }
      let plan = try Plan(try network.model(), instructions: .emulated)
      networks[network.rawValue]?["fast"] = try GoldenLogits.rows(network, plan, .fast)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (try encoder.encode(networks) + Data("\n".utf8)).write(to: URL(fileURLWithPath: GoldenLogits.path))
  }
}
