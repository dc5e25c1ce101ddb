import FermImage
import Testing

@testable import FermDrawing

@Suite("The contact sheet") struct ContactSheetTests {
  private static func picture(_ value: UInt8, channels: Int = 3) -> Image {
    let side = ContactSheet.side
    return Image(
      width: side, height: side, channels: channels,
      pixels: [UInt8](repeating: value, count: side * side * channels))
  }

  private static func drawn(_ sheet: ContactSheet) throws -> (image: Image, shown: Int) {
    var (sheet, bytes) = (sheet, [UInt8]())
    let shown = try sheet.draw(software: "ferm") { bytes += $0 }
    #expect(ImageEncoder.begins(bytes, asMadeBy: "ferm"))
    return (try ImageDecoder().decode(bytes: bytes), shown)
  }

  @Test("faces stand by label and then by score, equals as they came")
  func order() throws {
    var sheet = ContactSheet(labels: ["angry", "happy", "sad"])
    let faces: [(Int, Float, UInt8)] = [(1, 0.5, 10), (0, 0.4, 20), (1, 0.9, 30), (1, 0.5, 40)]
    for (place, score, value) in faces {
      sheet.add(Self.picture(value), label: place, score: score, name: "a.jpg")
    }
    let (image, shown) = try Self.drawn(sheet)
    #expect(shown == 4)
    // The faces' columns of pixels from top to bottom, each new value once.
    func values(_ column: Int) -> [UInt8] {
      let x = SheetLayout.margin + column * SheetLayout.pitch
      let all = (0..<image.height).map { image.pixels[3 * ($0 * image.width + x)] }
      return all.filter { [10, 20, 30, 40].contains($0) }.reduce(into: []) {
        if $0.last != $1 { $0.append($1) }
      }
    }
    #expect(values(0) == [20, 30] && values(1) == [10] && values(2) == [40] && values(3) == [])
  }

  @Test("of too many faces each label keeps its surest, and rare labels keep all", arguments: [1, 7, 1000])
  func bounded(_ seed: Int) {
    var sheet = ContactSheet(labels: ["a", "b", "c"], limit: 100)
    var scores: [[Float]] = [[], [], []]
    for i in 0..<3000 {
      let place = i % 60 == 0 ? 2 : i % 3 == 0 ? 1 : 0
      let score = Float((i &* 7919 &* seed) % 1009) / 1009
      scores[place].append(score)
      sheet.add(Self.picture(0, channels: 1), label: place, score: score, name: "\(i)")
      #expect(sheet.groups.reduce(0) { $0 + $1.faces.count } <= 125)
    }
    sheet.settle()
    #expect(sheet.groups.map { $0.count } == scores.map { $0.count })
    #expect(sheet.groups.reduce(0) { $0 + $1.faces.count } >= 98)
    for (group, all) in zip(sheet.groups, scores) {
      #expect(group.faces.map { $0.score } == Array(all.sorted(by: >).prefix(group.faces.count)))
    }
    #expect(sheet.groups[0].faces.count == sheet.groups[1].faces.count)
  }

  @Test(
    "strips show each face once and add up to the height",
    arguments: [[1], [0, 3, 0], [5000], [700, 30, 1, 4000], []])
  func strips(_ counts: [Int]) {
    let layout = SheetLayout(counts)
    #expect(layout.strips.reduce(0) { $0 + $1.height } == layout.height)
    #expect(layout.counts == counts)
    for (group, count) in counts.enumerated() {
      let ranges = layout.strips.compactMap { strip -> Range<Int>? in
        if case .faces(group, let range) = strip.content { range } else { nil }
      }
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
      let columns = (layout.width - 2 * SheetLayout.margin + 12) / SheetLayout.pitch
      #expect(ranges.allSatisfy { $0.count <= columns })
    }
  }

  @Test("thousands of labels with a face each end at a height that programs show")
  func manyLabels() {
    let layout = SheetLayout([Int](repeating: 1, count: 5000))
    #expect(layout.height < 65_100 && layout.shown > 100 && layout.shown < 5000)
  }

  @Test("a sheet without faces is a picture, too")
  func empty() throws {
    #expect(try Self.drawn(ContactSheet(labels: ["a"])).shown == 0)
  }

  @Test(
    "names and labels of any kind are written",
    arguments: ["x\u{202E}\n", "幸せ", String(repeating: "lang ", count: 9000)])
  func names(_ name: String) throws {
    var sheet = ContactSheet(labels: [name])
    sheet.add(Self.picture(9, channels: 1), label: 0, score: 1, name: name)
    #expect(try Self.drawn(sheet).shown == 1)
  }

  @Test("what cannot be written ends the drawing")
  func failure() {
    struct Full: Error {}
    var sheet = ContactSheet(labels: ["a"])
    #expect(throws: Full.self) { try sheet.draw(software: "ferm") { _ in throw Full() } }
  }
}
