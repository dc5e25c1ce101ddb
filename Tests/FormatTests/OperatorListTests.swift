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

  @Test("is the specification's and the second reader's, which have no other")
  func codes() throws {
    let codes = Operator.all.map { "\($0.code)" }.sorted()
    let rows = try specification().rows.compactMap {
      $0.dropFirst(2).split(separator: " ").first.map(String.init)
    }
    #expect(rows.sorted() == codes)
    #expect(try secondReader().keys.sorted() == codes)
  }

  @Test("has its row in the specification's table", arguments: names)
  func specified(name: String) throws {
    let (text, rows) = try specification()
    let `operator` = try named(name)
    let row = try #require(rows.first { $0.hasPrefix("| \(`operator`.code) | \(name) |") })
    // A row that points to another for its attributes begins with that one's.
    for (attribute, _) in `operator`.attributes where !row.contains("those of ") {
      #expect(row.contains(attribute), "\(attribute)")
    }
    let sets = try #require(text.components(separatedBy: "| operator set: ").last?.prefix { $0 != "|" })
    #expect(sets.contains("\(`operator`.operatorSet)"))
  }

  @Test("has its attributes in the second reader, in the same order and of the same kinds", arguments: names)
  func inSecondReader(name: String) throws {
    let `operator` = try named(name)
    let other = try #require(try secondReader()["\(`operator`.code)"])
    #expect(other.name == name && other.set == Int(`operator`.operatorSet))
    #expect(other.inputs...other.inputs == `operator`.inputCount)
    let attributes = `operator`.attributes.map { name, value in
      switch value {
      case .integer: [name, "integer"]
      case .real: [name, "real"]
      case .tensor(nil): [name, "optional"]
      case .tensor: [name, "tensor"]
      }
    }
    #expect(other.attributes == attributes)
  }

  /// The specification's text, and the rows of its table of operators.
  private func specification() throws -> (text: String, rows: [Substring]) {
    let text = try String(contentsOfFile: "\(Support.root)/spec/ferm-1.md", encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "\n## 6. ").last?.components(separatedBy: "\n## ").first)
    let rows = section.split(separator: "\n").filter {
      $0.hasPrefix("| ") && $0.dropFirst(2).first?.isNumber == true
    }
    return (text, rows)
  }

  private struct Known: Decodable {
    let name: String
    let set: Int
    let inputs: Int
    let attributes: [[String]]
  }

  /// What the second reader knows, by code.
  private func secondReader() throws -> [String: Known] {
    let program = """
      import json, sys
      sys.path.insert(0, sys.argv[1])
      import ferm
      kinds = {(ferm.T,): "tensor", (ferm.OPTIONAL,): "optional", ("f32",): "real"}
      print(json.dumps({str(code): {"name": o.name, "set": o.set, "inputs": o.inputs, "attributes":
        [[name, kinds.get(tuple(kind), "integer")] for name, *kind in o.attributes]} for code, o in ferm.OPERATORS.items()}))
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

  @Test("is in a sound file of the corpus")
  func inCorpus() throws {
    let folder = "\(Support.root)/spec/conformance/accept"
    var found = Set<String>()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".ferm") {
      found.formUnion(try ModelFile(path: "\(folder)/\(name)").graph.nodes.map { $0.operator.name })
    }
    #expect(Set(Self.names).subtracting(found).isEmpty)
  }

  @Test("is made by the fuzzer's maker of networks, all of which are sound")
  func inFuzzer() throws {
    var found = Set<String>()
    var random = Random(seed: 1)
    for _ in 0..<400 {
      let model = try NetworkMaker.model((0..<200).map { _ in UInt8(random.below(256)) })
      _ = try model.validate()
      found.formUnion(model.graph.nodes.map { $0.operator.name })
    }
    #expect(Set(Self.names).subtracting(found).isEmpty)
  }

  @Test("says which of its tensors are trained: a mean and a variance are not, and all have a kind")
  func kinds() throws {
    let norm = try named("batch_norm").tensors.map { $0.kind }
    #expect(norm == [.norm, .norm, .mean, .variance])
    #expect(try named("convolution").tensors.map { $0.kind } == [.weight])
    #expect(Operator.linear(Linear(weight: 0, bias: 1)).tensors.map { $0.kind } == [.weight, .bias])
  }
}

extension Operator {
  /// The name of the definition's type.
  fileprivate var definitionName: String {
    Mirror(reflecting: self).children.first.map { "\(type(of: $0.value))" } ?? ""
  }
}
