import FermFormat
import FermRuntime
import TestSupport
import Testing

/// How faces are cut from photos (spec 4.14).
@Suite("Frames of faces")
struct FaceFrameTests {
  private let face = DetectedFace(
    box: FaceBox(x: 10, y: 20, width: 30, height: 50), score: 1,
    points: [Point(x: 20, y: 30), Point(x: 28, y: 36)])

  private func cut(
    _ frame: FaceFrame, _ pixels: [UInt8], width: Int, height: Int, channels: Int = 1
  ) throws -> [UInt8] {
    let image = try frame.image(
      of: try PixelImage(pixels, width: width, height: height, channels: channels))
    let recipe = Preprocessing(
      colour: channels == 3 ? .rgb : .grey, resized: Extent(image.width), cropped: Extent(image.width),
      scale: [Float](repeating: 1, count: channels), offset: [Float](repeating: 0, count: channels))
    return try Preprocessor(recipe).resized(image).pixels
  }

  @Test("the rule's side, shift and margin make the frame")
  func upright() {
    let rule = CropRule(detector: "d", side: 1.5, right: 0.1, down: -0.25)
    let frame = rule.frame(of: face)
    #expect(frame.side == 60 && frame.direction == Point(x: 1, y: 0))
    #expect(frame.centre == Point(x: 25 + 6, y: 45 - 15))
    #expect(frame.corners.first == Point(x: 1, y: 0) && frame.corners.last == Point(x: 1, y: 60))
    let wide = rule.frame(of: face, margin: 2)
    #expect(wide.side == 120 && wide.centre == frame.centre)
  }

  @Test("a level frame's upper edge goes along the eyes, and so do its shifts")
  func level() {
    let frame = CropRule(detector: "d", side: 1, right: 0.5, down: 0.25, isLevel: true).frame(of: face)
    // The eyes are 8 to the right and 6 down from each other: cosine 0.8, sine 0.6.
    #expect(abs(frame.direction.x - 0.8) < 1e-6 && abs(frame.direction.y - 0.6) < 1e-6)
    #expect(abs(frame.centre.x - (25 + 20 * 0.8 - 10 * 0.6)) < 1e-4)
    #expect(abs(frame.centre.y - (45 + 20 * 0.6 + 10 * 0.8)) < 1e-4)
    let corners = frame.corners
    #expect(abs(corners[1].x - corners[0].x - 32) < 1e-4 && abs(corners[1].y - corners[0].y - 24) < 1e-4)
    var blind = face
    blind.points = [Point(x: 1, y: 1), Point(x: 1, y: 1)]
    let rule = CropRule(detector: "d", side: 1, isLevel: true)
    #expect(rule.frame(of: blind).direction == Point(x: 1, y: 0))
    blind.points = []
    #expect(rule.frame(of: blind).direction == Point(x: 1, y: 0))
  }

  @Test(
    "inside the photo a frame's pixels are the photo's, outside the nearest ones of its border",
    arguments: [1, 3])
  func pixels(channels: Int) throws {
    let (width, height) = (9, 7)
    let photo = (0..<(width * height * channels)).map { UInt8($0) }
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      let (x, y) = (max(0, min(width - 1, x)), max(0, min(height - 1, y)))
      let place = (y * width + x) * channels
      return Array(photo[place..<(place + channels)])
    }
    for (x, y, side) in [(2, 1, 4), (-2, 0, 5), (6, 5, 4), (-3, -3, 20), (50, 50, 2)] {
      let centre = Point(x: Float(x) + Float(side) / 2, y: Float(y) + Float(side) / 2)
      let wanted = (0..<side).flatMap { row in (0..<side).flatMap { pixel(x + $0, y + row) } }
      // A third of a pixel aside is the same frame.
      for aside: Float in [0, 0.3] {
        let frame = FaceFrame(
          centre: Point(x: centre.x + aside, y: centre.y - aside), side: Float(side) + aside)
        #expect(try cut(frame, photo, width: width, height: height, channels: channels) == wanted)
      }
    }
  }

  @Test("a frame turned by a right angle holds the photo's pixels turned back")
  func turned() throws {
    let photo = (0..<25).map { UInt8(10 * $0) }
    let frame = FaceFrame(
      centre: Point(x: 2.5, y: 2.5), side: 5, direction: Point(x: 0, y: 1))
    // Its upper edge goes down the photo's right side.
    let wanted = (0..<5).flatMap { row in (0..<5).map { column in photo[5 * column + 4 - row] } }
    #expect(try cut(frame, photo, width: 5, height: 5) == wanted)
  }

  @Test("a turned frame lies between pixels")
  func between() throws {
    // A ramp across stays one along any direction.
    let photo = (0..<40).flatMap { _ in (0..<40).map { UInt8(5 * $0) } }
    let frame = FaceFrame(centre: Point(x: 20, y: 20), side: 10, direction: Point(x: 0.8, y: 0.6))
    let pixels = try cut(frame, photo, width: 40, height: 40)
    for row in 0..<10 {
      for column in 0..<10 {
        let (along, down) = (Float(column) - 4.5, Float(row) - 4.5)
        let x = 20 + along * 0.8 - down * 0.6 - 0.5
        #expect(abs(Float(pixels[10 * row + column]) - 5 * x) <= 0.51)
      }
    }
  }

  @Test("a large frame is sampled, and its memory bounded")
  func large() throws {
    let photo = [UInt8](repeating: 77, count: 2000 * 2000)
    let frame = FaceFrame(centre: Point(x: 1000, y: 900), side: 1500)
    #expect(try cut(frame, photo, width: 2000, height: 2000) == [UInt8](repeating: 77, count: 1024 * 1024))
  }

  @Test(
    "frames beyond all photos are refused",
    arguments: [
      FaceFrame(centre: Point(x: 0, y: 0), side: .nan), FaceFrame(centre: Point(x: 0, y: 0), side: 0),
      FaceFrame(centre: Point(x: .infinity, y: 0), side: 10),
      FaceFrame(centre: Point(x: 0, y: 0), side: 1e30),
      FaceFrame(centre: Point(x: 0, y: 0), side: 10, direction: Point(x: .nan, y: 0)),
    ])
  func refused(frame: FaceFrame) throws {
    #expect {
      try cut(frame, [1, 2, 3, 4], width: 2, height: 2)
    } throws: {
      ($0 as? FormatError)?.code == .value
    }
  }
}
