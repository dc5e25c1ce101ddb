import Testing

@testable import FermDrawing

/// Where boxes and words go, without anything being drawn.
@Suite("The layout of annotations") struct LayoutTests {
  /// Letters as wide as they are high, halved.
  private static func measure(_ words: String, _ lettering: Lettering) -> (width: Double, height: Double) {
    (Double(words.count) * lettering.size / 2, lettering.size * 1.2)
  }

  private static func face(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ label: String? = "happy"
  )
    -> AnnotatedFace
  {
    AnnotatedFace(
      box: Rectangle(x: x, y: y, width: width, height: height), label: label, place: 3, score: 0.94,
      isSmall: false)
  }

  private static func layout(_ faces: [AnnotatedFace], _ width: Int, _ height: Int) -> AnnotationLayout {
    AnnotationLayout(faces, width: width, height: height, measure: measure)
  }

  private static func picture(_ width: Int, _ height: Int) -> Rectangle {
    Rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
  }

  private static func isInside(_ part: Rectangle, _ whole: Rectangle) -> Bool {
    part.x >= whole.x && part.y >= whole.y && part.right <= whole.right && part.bottom <= whole.bottom
  }

  @Test(
    "plates and lines lie within the picture, and plates hide neither a face nor each other where there is room",
    arguments: [(640, 480), (4000, 3000), (480, 640), (200, 150)])
  func room(_ width: Int, _ height: Int) {
    let (w, h) = (Double(width), Double(height))
    let faces = [
      Self.face(0.02 * w, 0, 0.2 * w, 0.25 * h), Self.face(0.75 * w, 0.7 * h, 0.25 * w, 0.3 * h),
      Self.face(0.4 * w, 0.45 * h, 0.15 * w, 0.15 * h),
    ]
    let layout = Self.layout(faces, width, height)
    #expect(layout.plates.count == 3)
    for (i, plate) in layout.plates.enumerated() {
      #expect(Self.isInside(plate.ground, Self.picture(width, height)))
      #expect(plate.texts.map { $0.words } == ["happy", "94 %"])
      for text in plate.texts { #expect(Self.isInside(text.place, plate.ground)) }
      #expect(!layout.frames.contains { $0.area.overlap(plate.ground) > 0 }, "plate \(i) hides a face")
      #expect(!layout.plates.dropFirst(i + 1).contains { $0.ground.overlap(plate.ground) > 0 })
    }
    for frame in layout.frames { #expect(Self.isInside(frame.area, Self.picture(width, height))) }
  }

  @Test("a row of faces side by side has its plates side by side")
  func crowd() {
    let faces = (0..<8).map { Self.face(20 + 120 * Double($0), 200, 90, 100) }
    let layout = Self.layout(faces, 1000, 500)
    for (i, plate) in layout.plates.enumerated() {
      #expect(!layout.frames.contains { $0.area.overlap(plate.ground) > 0 })
      #expect(!layout.plates.dropFirst(i + 1).contains { $0.ground.overlap(plate.ground) > 0 })
    }
    #expect(layout.plates.count == 8)
  }

  @Test("a face that fills the picture has its plate within")
  func whole() {
    let layout = Self.layout([Self.face(-50, -50, 700, 600)], 600, 500)
    #expect(layout.plates.count == 1 && layout.frames.count == 1)
    for plate in layout.plates { #expect(Self.isInside(plate.ground, Self.picture(600, 500))) }
    for frame in layout.frames { #expect(Self.isInside(frame.area, Self.picture(600, 500))) }
  }

  @Test(
    "a label that is wider than the picture gives way, and its score does not", arguments: [60, 300, 5000])
  func longLabel(_ side: Int) {
    let label = String(repeating: "gladness ", count: 7000)
    let layout = Self.layout([Self.face(5, 15, Double(side) / 2, Double(side) / 2, label)], side, side)
    for plate in layout.plates {
      #expect(Self.isInside(plate.ground, Self.picture(side, side)))
      for text in plate.texts { #expect(Self.isInside(text.place, plate.ground)) }
      let (score, lettering) = (plate.texts[1].words, plate.texts[1].lettering)
      #expect(plate.texts[1].place.width == Self.measure(score, lettering).width)
    }
    #expect(layout.plates.count == 1)
  }

  @Test("a label that just fits alone stands without its score")
  func labelAlone() {
    let plates = Self.layout([Self.face(6, 8, 48, 48, "surprise")], 60, 60).plates
    #expect(plates.map { $0.texts.map { $0.words } } == [["surprise"]])
  }

  @Test("every picture from one pixel up has its boxes", arguments: [1, 2, 3, 5, 8, 13, 21, 34])
  func tiny(_ side: Int) {
    let layout = Self.layout(
      [Self.face(0, 0, Double(side), Double(side)), Self.face(-9, 90, 1, 1)], side, side)
    #expect(layout.frames.count == 2)
    for frame in layout.frames {
      #expect(frame.edge.width > 0 && frame.edge.height > 0)
      #expect(frame.edge.overlap(Self.picture(side, side)) > 0)
    }
    for plate in layout.plates { #expect(Self.isInside(plate.ground, Self.picture(side, side))) }
  }

  @Test("lines and letters grow with the picture")
  func scale() {
    let sizes = [(60, 60), (512, 512), (4000, 3000), (12_000, 9000)].map { width, height in
      let layout = Self.layout([Self.face(9, 20, Double(width) / 3, Double(height) / 3)], width, height)
      return (layout.frames[0].line, layout.plates[0].texts[0].lettering.size)
    }
    for (small, large) in zip(sizes, sizes.dropFirst()) { #expect(small.0 < large.0 && small.1 < large.1) }
  }

  @Test("thousands of faces all get a plate")
  func thousands() {
    let faces = (0..<20_000).map { Self.face(Double($0 % 200) * 20, Double($0 / 200) * 20, 18, 18) }
    #expect(Self.layout(faces, 4000, 2000).plates.count == 20_000)
  }

  @Test("what controls or turns text is shown as an escape")
  func escapes() {
    #expect(Self.face(0, 0, 1, 1, "a\u{202E}b\n\0").label == "a\\u{202e}b\\n\\x00")
  }

  @Test(
    "percents are whole, and only certainty has 100",
    arguments: [(0, "0 %"), (0.944, "94 %"), (0.999, "99 %"), (1, "100 %")] as [(Float, String)])
  func percents(_ share: Float, _ text: String) { #expect(AnnotatedFace.percent(share) == text) }

  @Test("the ink of every label's colour contrasts with it by 4.5 to 1", arguments: 0..<7)
  func ink(_ place: Int) {
    let colour = Colour.label(place)
    let (ground, ink) = (colour.luminance + 0.05, colour.ink.luminance + 0.05)
    #expect(max(ground, ink) / min(ground, ink) >= 4.5)
    #expect(Colour.label(place + 7) == colour && Colour.label(nil) == .grey)
  }
}
