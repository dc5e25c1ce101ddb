import Foundation
import TestSupport
import Testing

@testable import FermFormat

/// Compares the specification's tables with the code, so that neither says what the other does not know.
@Suite("The specification")
struct SpecificationTests {
  private static func text() throws -> String {
    try String(contentsOfFile: "\(Support.root)/spec/ferm-1.md", encoding: .utf8)
  }

  /// The rows of the table whose heading begins so, as their cells.
  private static func table(_ heading: String) throws -> [[String]] {
    let lines = try text().split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix(heading) }, "\(heading)")
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
  }

  @Test("names every error code of a file with its number, and no other")
  func errorCodes() throws {
    let codes = FormatError.Code.allCases.filter { $0.rawValue < 100 }
    let stated = try Self.table("| code | name | |").map { "\($0[0]) \($0[1])" }
    #expect(stated == codes.map { "\($0.rawValue) \($0.name)" })
  }

  @Test("names every feature with its bit, and no other")
  func features() throws {
    var known: Features = []
    for row in try Self.table("| bit | feature |") {
      guard let bit = UInt32(row[0]), (1..<24).contains(bit) else { continue }
      let feature = Features(rawValue: 1 << bit)
      #expect(feature.names == [row[1]])
      known.insert(feature)
    }
    #expect(known == .known)
  }

  @Test("names every kind of output, and no other")
  func kinds() throws {
    let kinds: [ModelOutput.Kind] = [
      .scores(value: 1), .embedding(value: 1), .detection(Detection(keyPoints: 0, levels: [])),
    ]
    #expect(
      try Self.table("| kind | fields |").map { $0[0] }
        == kinds.enumerated().map { "\($0.offset + 1) \($0.element.name)" })
  }

  // MARK: - Operators

  /// A row of section 6: an operator in one of its versions.
  struct Row {
    let code: UInt16
    let version: UInt8
    let name: String
    let attributes: String
    let set: UInt16
  }

  private static func rows() throws -> [Row] {
    let sets = [
      try table("| code | name | attributes |"), try table("| code, version | name | attributes |"),
    ]
    return try sets.enumerated().flatMap { set, rows in
      try rows.map { row in
        let numbers = row[0].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return Row(
          code: try #require(UInt16(numbers[0])),
          version: numbers.count > 1 ? try #require(UInt8(numbers[1])) : 1,
          name: row[1], attributes: row[2], set: UInt16(set + 1))
      }
    }
  }

  @Test("has a row for every version of every operator, under the set that it came with, and no other")
  func operators() throws {
    let stated = try Self.rows().map { "\($0.code).\($0.version) \($0.name) of set \($0.set)" }
    let known = Operator.all.flatMap { kind in
      (1...kind.newestVersion).map {
        "\(kind.code).\($0) \(kind.name) of set \(kind.operatorSet(of: $0) ?? 0)"
      }
    }
    #expect(stated.sorted() == known.sorted())
  }

  @Test("has the attributes of every version of every operator, in order and with their ranges")
  func attributes() throws {
    let rows = try Self.rows()
    for row in rows {
      let kind = try #require(Operator.all.first { $0.code == row.code })
      var rest = Substring(row.attributes)
      // A row may begin with another's.
      if row.attributes.hasPrefix("those of ") {
        let earlier = try #require(rows.first { $0.code == row.code || row.attributes.contains($0.name) })
        rest = Substring(earlier.attributes + rest.drop { $0 != "," })
      }
      for (name, text) in Self.described(kind, row.version) {
        let place = try #require(
          rest.firstRange(of: try Regex("\\b\(name)\\b")), "\(row.name) \(row.version): \(name)")
        // What stands before the first attribute of its kind, or behind the last one of its range.
        let near =
          text.hasSuffix("tensor")
          ? rest[..<place.lowerBound] : rest[place.upperBound...].prefix { $0 != ")" }
        if !text.hasSuffix("tensor") { #expect(near.contains(text), "\(row.name) \(row.version): \(name)") }
        if text == "optional tensor" { #expect(near.contains(text), "\(row.name): \(name)") }
        rest = rest[place.upperBound...]
      }
      #expect(rest.firstRange(of: try Regex("[a-z]+_[a-z]+")) == nil, "\(row.name) \(row.version): \(rest)")
    }
  }

  /// The attributes of a version with their ranges, in the page's words.
  private static func described(_ kind: Operator, _ version: UInt8) -> [(name: String, text: String)] {
    var (copy, visitor) = (kind, Attributes(version: version))
    copy.visit(&visitor)
    return visitor.found
  }

  private struct Attributes: OperatorVisitor, AttributeVisitor {
    let version: UInt8
    var found: [(name: String, text: String)] = []

    mutating func visit<D: OperatorDefinition>(_ definition: inout D) {
      definition.visitAttributes(&self, of: version)
    }

    mutating func integer(_ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) {
      let word = range == 0...1 ? "or" : "to"
      found.append((name.description, "\(range.lowerBound) \(word) \(range.upperBound)"))
    }

    mutating func real(_ name: StaticString, _ value: inout Float, in range: RealRange) {
      switch range {
      case .finite: found.append((name.description, "finite"))
      case .positive: found.append((name.description, "finite, at least 2^-126"))
      }
    }

    mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) {
      found.append((name.description, "tensor"))
    }

    mutating func optionalTensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int?) {
      found.append((name.description, "optional tensor"))
    }
  }

  // MARK: - Limits

  private static func power(_ value: some BinaryInteger) -> String {
    let exponent = value.trailingZeroBitCount
    return value > 4096 && value >> exponent == 1 ? "2^\(exponent)" : "\(value)"
  }

  @Test("has the limits that the reader keeps, in the order of its table")
  func limits() throws {
    let limits = [
      Self.power(Limits.fileBytes), "\(Limits.chunks)", "\(Self.power(Limits.recordBytes)) bytes",
      "\(Limits.tensors) each",
      "\(Limits.inputs)", "\(Limits.rank); \(Self.power(Limits.dimension))", Self.power(Limits.elements),
      Self.power(Limits.decodedBytes), Self.power(Limits.liveBytes), Self.power(Limits.multiplyAdds),
      Self.power(Limits.namedElements), Self.power(Limits.outputElements),
    ]
    #expect(Limits.tensors == Limits.nodes)
    #expect(try Self.table("| what | at most |").map { $0[1] } == limits)
  }

  @Test(
    "has the limits that stand with their fields",
    arguments: [
      "count of nodes (1 to \(Limits.nodes))", "count of tensors (at most \(Limits.tensors))",
      "A *name* is a string of 1 to \(Limits.nameBytes) characters",
      "count of labels: 1 to \(Limits.plainLabels);",
      "\(Limits.plainLabels + 1) to 65,535", "1 to \(Limits.labelBytes) bytes each",
      "Images and the numbers that the network must give for them.\n\n`u16` count (1 to \(Limits.selfTests))",
      "`u16` count (at most \(Limits.provenanceEntries))", "at most 2^20 bytes",
      "height and width: 1 to \(Limits.imageSide)",
      "2^28 pixels", "exceeds \(Limits.inflation) times", "count of outputs (1 to \(Limits.outputs))",
      "key points K (0 to \(Limits.keyPoints))", "count of levels (1 to \(Limits.levels))",
      "count of anchors A: 1 to \(Limits.anchors)", "count of rules (1 to \(Limits.cropRules))",
    ])
  func fields(phrase: String) throws {
    #expect(try Self.text().contains(phrase))
    #expect(Limits.labels == 65_535 && Limits.noteBytes == 1 << 20 && Limits.fittedPixels == 1 << 28)
  }
}
