import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

/// The corpus beside the specification: what every reader must accept, with its logits, and what it must refuse, and why.
@Suite("The conformance corpus")
struct ConformanceTests {
  private struct Accepted: Decodable {
    let logits: [Float]
  }

  /// What is expected of a file of version 1.1: the numbers of each output's values, or as before.
  private struct Newer: Decodable {
    let features: [String]
    let logits: [Float]?
    let outputs: [String: [[Float]]]?

    var rows: [String: [Float]] {
      outputs?.mapValues { $0.flatMap { $0 } } ?? ["scores": logits ?? []]
    }
  }

  private struct Rejected: Decodable {
    let rule: String
    let code: String
    let offset: UInt64?
    /// Whether only a check of the whole file finds the fault.
    let verify: Bool?
  }

  /// The files of a folder with what is expected of them.
  private func cases<Expected: Decodable>(
    _ folder: String, atLeast count: Int
  ) throws -> [(name: String, path: String, expected: Expected)] {
    let folder = "\(Support.root)/spec/conformance/\(folder)"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".ferm") }
    try #require(names.count >= count)
    return try names.sorted().map { name in
      let json = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name.dropLast(5)).json"))
      return (name, "\(folder)/\(name)", try JSONDecoder().decode(Expected.self, from: json))
    }
  }

  @Test(
    "sound files are accepted, pass their self-tests and give the expected logits",
    arguments: InstructionSet.allCases.filter { $0.isAvailable })
  func accepted(instructions: InstructionSet) throws {
    for (name, path, expected) in try cases("accept", atLeast: 30) as [(String, String, Accepted)] {
      do {
        let file = try ModelFile(path: path)
        try file.verify()
        let plan = try Plan(try file.loadModel(), instructions: instructions)
        try plan.check(file.selfTests)
        #expect(file.facts.multiplyAdds.reduce(0, +) <= 1_000_000, "\(name)")
        let input = (0..<plan.preprocessing.inputShape.count).map { Float((31 * $0 + 7) % 17) / 8 - 1 }
        let largest = expected.logits.reduce(0) { max($0, abs($1)) }
        // Plain code computes every output by its definition; the others may use faster algorithms.
        let tolerance = largest * (instructions == .portable ? 1e-5 : 1e-4)
        for batch in [1, 3] {
          let session = try Session(plan, maxBatch: batch, threads: 1)
          let logits = try session.logits([[Float]](repeating: input, count: batch).flatMap { $0 })
          for (i, logit) in logits.enumerated() {
            let wanted = expected.logits[i % expected.logits.count]
            #expect(abs(logit - wanted) <= tolerance, "\(name): logit \(i) is \(logit), expected \(wanted)")
          }
        }
      } catch { Issue.record("\(name): \(error)") }
    }
  }

  @Test(
    "sound files of version 1.1 give the expected numbers of every output",
    arguments: InstructionSet.allCases.filter { $0.isAvailable })
  func newer(instructions: InstructionSet) throws {
    for (name, path, expected) in try cases("1.1/accept", atLeast: 60) as [(String, String, Newer)] {
      do {
        let file = try ModelFile(path: path)
        try file.verify()
        let plan = try Plan(file, instructions: instructions)
        try plan.check(file.selfTests)
        let input = (0..<plan.preprocessing.inputShape.count).map { Float((31 * $0 + 7) % 17) / 8 - 1 }
        #expect(Set(plan.outputs.map { $0.name }) == Set(expected.rows.keys), "\(name)")
        for batch in [1, 3] {
          let rows = try Session(plan, maxBatch: batch, threads: 1).outputs(
            [[Float]](repeating: input, count: batch).flatMap { $0 })
          for (output, numbers) in zip(plan.outputs, rows) {
            let wanted = expected.rows[output.name] ?? []
            let largest = wanted.reduce(0) { max($0, abs($1)) }
            let tolerance = largest * (instructions == .portable ? 1e-5 : 1e-4)
            #expect(numbers.count == batch * wanted.count, "\(name): \(output.name)")
            for (i, number) in numbers.enumerated() where abs(number - wanted[i % wanted.count]) > tolerance {
              Issue.record(
                "\(name): number \(i) of \(output.name) is \(number), not \(wanted[i % wanted.count])")
            }
          }
        }
      } catch { Issue.record("\(name): \(error)") }
    }
  }

  @Test("files that break a rule are refused with its code and place")
  func rejected() throws {
    for (name, path, expected) in try cases("reject", atLeast: 100) as [(String, String, Rejected)] {
      do throws(FormatError) {
        let file = try ModelFile(path: path)
        let model = try file.loadModel()
        if expected.verify == true {
          try file.verify()
          try Plan(model).check(file.selfTests)
        }
        Issue.record("\(name) is accepted: \(expected.rule)")
      } catch {
        #expect(error.code.name == expected.code, "\(name): \(error)")
        #expect(error.offset == expected.offset, "\(name): \(error)")
      }
    }
  }
}
