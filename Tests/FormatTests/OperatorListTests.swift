import FermFormat
import Foundation
import TestSupport
import Testing

/// What every operator of the list must have beside its definition; a test's argument names the one that lacks it.
///
/// The gradient test, the comparison of runtime and trainer and the views of fer-inspect ask the same list for what is theirs.
@Suite("Every operator")
struct OperatorListTests {
  static let names = Operator.all.map { $0.name }

  private func named(_ name: String) throws -> Operator {
    try #require(Operator.all.first { $0.name == name })
  }

  @Test("has versions that came one after the other, and no other", arguments: Operator.all.map { $0.code })
  func versions(code: UInt16) throws {
    let `operator` = try #require(Operator.all.first { $0.code == code })
    let sets = (1...`operator`.newestVersion).compactMap { `operator`.operatorSet(of: $0) }
    #expect(sets.count == Int(`operator`.newestVersion) && zip(sets, sets.dropFirst()).allSatisfy { $0 < $1 })
    #expect(`operator`.operatorSet(of: 0) == nil)
    #expect(`operator`.operatorSet(of: `operator`.newestVersion + 1) == nil)
    #expect(`operator`.version == 1 && `operator`.operatorSet == sets[0])
  }

  @Test("has a code and a name of its own, in the order of the codes")
  func identity() {
    #expect(Operator.all.map { Int($0.code) } == Array(1...Operator.all.count))
    #expect(Set(Self.names).count == Operator.all.count)
  }

  @Test("with a file among the definitions is in the list")
  func registered() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: "\(Support.root)/Sources/Format/Graph/Operators")
    let definitions = Set(files.map { $0.replacing(".swift", with: "") })
    #expect(definitions == Set(Operator.all.map { "\($0.definitionName)" }))
  }

  @Test("is the second reader's, which has no other; SpecificationTests asks the same of the page")
  func codes() throws {
    let versions = Set(OperatorVersion.all.map { "\($0.code), \($0.version)" })
    #expect(Set(try secondReader().keys) == versions)
  }

  @Test(
    "has its attributes in the second reader, in order and of the same kinds", arguments: OperatorVersion.all)
  func inSecondReader(version: OperatorVersion) throws {
    let `operator` = try named(version.name)
    let other = try #require(try secondReader()["\(version.code), \(version.version)"])
    let set = try #require(`operator`.operatorSet(of: version.version))
    #expect(other.name == version.name && other.set == Int(set))
    #expect(other.inputs == [`operator`.inputCount.lowerBound, `operator`.inputCount.upperBound])
    let attributes = `operator`.attributes(of: version.version).map { name, value in
      switch value {
      case .integer: [name, "integer"]
      case .real: [name, "real"]
      case .tensor(nil): [name, "optional"]
      case .tensor: [name, "tensor"]
      }
    }
    #expect(other.attributes == attributes)
  }

  private struct Known: Decodable {
    let name: String
    let set: Int
    let inputs: [Int]
    let attributes: [[String]]
  }

  /// What the second reader knows, by code and version.
  private func secondReader() throws -> [String: Known] {
    let program = """
      import json, sys
      sys.path.insert(0, sys.argv[1])
      import ferm
      def kind_of(kind): return {ferm.T: "tensor", ferm.OPTIONAL: "optional", "f32": "real"}.get(kind[0], "integer")
      print(json.dumps({f"{code}, {version}": {"name": o.name, "set": o.set, "inputs": o.inputs, "attributes":
        [[name, kind_of(kind)] for name, *kind in o.attributes]} for (code, version), o in ferm.OPERATORS.items()}))
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-B", "-c", program, "\(Support.root)/spec/reader"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let known = try JSONDecoder().decode(
      [String: Known].self, from: pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return known
  }

  /// Whether every file can be read is what the tests of the corpus ask.
  @Test("is in a sound file of the corpus")
  func inCorpus() throws {
    let graphs = try ["accept", "1.1/accept"].flatMap { part in
      let folder = "\(Support.root)/spec/conformance/\(part)"
      return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".ferm") }
        .compactMap { try? ModelFile(path: "\(folder)/\($0)").graph }
    }
    #expect(OperatorVersion.missing(in: graphs).isEmpty)
  }

  @Test("is made by the fuzzer's maker of networks, all of which are sound")
  func inFuzzer() throws {
    var random = Random(seed: 1)
    let graphs = try (0..<400).map { _ in
      let model = try NetworkMaker.model((0..<200).map { _ in UInt8(random.below(256)) })
      _ = try model.validate()
      return model.graph
    }
    #expect(OperatorVersion.missing(in: graphs).isEmpty)
  }

  @Test("says which of its tensors are trained: a mean and a variance are not, and all have a kind")
  func kinds() throws {
    let norm = try named("batch_norm").tensors.map { $0.kind }
    #expect(norm == [.norm, .norm, .mean, .variance])
    #expect(try named("convolution").tensors.map { $0.kind } == [.weight])
    #expect(try named("prelu").tensors.map { $0.kind } == [.slope])
    #expect(Operator.linear(Linear(weight: 0, bias: 1)).tensors.map { $0.kind } == [.weight, .bias])
  }
}

extension Operator {
  /// The name of the definition's type.
  fileprivate var definitionName: String {
    Mirror(reflecting: self).children.first.map { "\(type(of: $0.value))" } ?? ""
  }
}
