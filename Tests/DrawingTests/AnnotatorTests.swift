import FermImage
import Testing

@testable import FermDrawing

@Suite("Annotated pictures") struct AnnotatorTests {
  private static let face = AnnotatedFace(
    box: Rectangle(x: 100, y: 80, width: 60, height: 70), label: "happy", place: 3, score: 0.94,
    isSmall: false)

  private static func grounds(_ channels: Int) -> Image {
    let (width, height) = (320, 240)
    let pixels = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 / 5) }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test("the box has the label's colour, and what is away from it stays as it was", arguments: [1, 3])
  func marks(_ channels: Int) throws {
    let image = Self.grounds(channels)
    let drawn = try Annotator().annotated(image, faces: [Self.face])
    #expect(drawn.width == image.width && drawn.height == image.height && drawn.channels == 3)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(drawn.pixels[3 * (y * 320 + x)..<3 * (y * 320 + x) + 3])
    }
    let edges = [(100, 115), (160, 115), (130, 80), (130, 150)]
    for (x, y) in edges {
      // A line of odd width may lie on either side of the edge.
      let near = (-2...2).flatMap { d in [pixel(x + d, y), pixel(x, y + d)] }
      #expect(near.contains([240, 228, 66]) && near.contains([0, 0, 0]) && near.contains([255, 255, 255]))
    }
    for y in 0..<240 {
      for x in 0..<320 where !(90..<260 ~= x && 50..<160 ~= y) || 110..<150 ~= x && 90..<140 ~= y {
        let place = (y * 320 + x) * channels
        let before = (0..<3).map { image.pixels[place + $0 % channels] }
        try #require(pixel(x, y) == before, "\(x), \(y)")
      }
    }
  }

  @Test(
    "tiles join without a seam in pictures of any shape",
    arguments: [(60_000, 20), (30, 40_000), (1, 1), (20_000, 300)])
  func tiles(_ width: Int, _ height: Int) throws {
    let image = Image(
      width: width, height: height, channels: 1, pixels: [UInt8](repeating: 128, count: width * height))
    let box = Rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
    let face = AnnotatedFace(box: box, label: "sad", place: 4, score: 0.5, isSmall: false)
    let drawn = try Annotator().annotated(image, faces: [face])
    let edge = AnnotationLayout([face], width: width, height: height) { _, _ in (0, 0) }.frames[0].edge
    let y = min(height - 1, Int(edge.bottom))
    // The lower edge, from end to end.
    let row = Array(drawn.pixels[3 * (y * width + width / 8)..<3 * (y * width + width - width / 8)])
    #expect(row == (0..<row.count).map { row[$0 % 3] })
    #expect(drawn.pixels != [UInt8](repeating: 128, count: drawn.pixels.count))
  }

  @Test(
    "labels of any language and length are drawn",
    arguments: [
      "glücklich", "счастье", "سعيد", "שמח", "幸せ", "행복", "सुख", "👩‍👩‍👧", "a\u{202E}b\0\n", "", " ",
      String(repeating: "e\u{301}\u{302}\u{303}", count: 20_000),
    ])
  func languages(_ label: String) throws {
    let face = AnnotatedFace(box: Self.face.box, label: label, place: 0, score: 1, isSmall: true)
    let drawn = try Annotator().annotated(Self.grounds(3), faces: [face], remark: "no face found")
    #expect(drawn.pixels != Self.grounds(3).pixels)
  }

  @Test("a long label is cut with an ellipsis, and no wider than its place")
  func ellipsis() throws {
    let canvas = try Canvas(try DrawingLibrary(), width: 1, height: 1)
    let long = String(repeating: "gladness ", count: 30)
    let lettering = Lettering(size: 12)
    #expect(canvas.size(of: long, lettering).width > 500)
    let cut = canvas.size(of: long, lettering, most: 100).width
    #expect(cut <= 100 && cut > 60)
    #expect(canvas.size(of: "glad", lettering, most: 100).width < 60)
  }

  @Test("a library that is missing is one sentence that says what to install", arguments: 0..<3)
  func missing(_ which: Int) throws {
    var names = ["libcairo.so.2", "libfontconfig.so.1", "libpangocairo-1.0.so.0"]
    names[which] = "libferm-nowhere.so.9"
    do throws(DrawingError) {
      _ = try DrawingLibrary(cairo: names[0], fontconfig: names[1], pango: names[2])
      Issue.record("it was found")
    } catch {
      let sentence = error.description
      #expect(sentence.contains("libferm-nowhere.so.9") && sentence.contains("install libcairo2"))
      #expect(sentence.hasSuffix("."))
    }
  }

  @Test("a library without a function that is used counts as missing")
  func older() {
    #expect(throws: DrawingError.self) {
      try DrawingLibrary(
        cairo: "libfontconfig.so.1", fontconfig: "libfontconfig.so.1", pango: "libpangocairo-1.0.so.0")
    }
  }

  @Test("many threads draw at once, and alike")
  func threads() async throws {
    let annotator = try Annotator()
    let image = Self.grounds(3)
    let expected = try annotator.annotated(image, faces: [Self.face])
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { (try? annotator.annotated(image, faces: [Self.face])) == expected }
      }
      for await isSame in group { #expect(isSame) }
    }
  }
}
