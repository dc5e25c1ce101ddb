import FermFormat
import FermTrain
import TestSupport
import Testing

@testable import FermRuntime

/// Faces in photos, as a detector finds them whose answers are known.
@Suite("Detection")
struct DetectionTests {
  private func detect(
    _ pixels: [UInt8], width: Int, height: Int, options: DetectionOptions = DetectionOptions(),
    model: Model? = nil, threads: Int = 1
  ) throws -> [DetectedFace] {
    let detector = try Detector(try Plan(model ?? SquareDetector.model()), threads: threads)
    return try detector.detect(pixels, width: width, height: height, options: options)
  }

  @Test("a face is where it is, with its eyes, at every size of photo and on either side of the padding")
  func oneFace() throws {
    for (width, height) in [(32, 32), (64, 32), (48, 96), (100, 80)] {
      // One of 8 pixels in what the network sees.
      let side = max(width, height) / 4
      let (x, y) = (width / 2, height / 2 - side / 2)
      let photo = SquareDetector.photo(width: width, height: height, squares: [(x, y)], side: side)
      let faces = try detect(photo, width: width, height: height, options: .init(smallestFace: 1000))
      let face = try #require(faces.first)
      #expect(faces.count == 1 && face.score > 0.99 && face.points.count == 2)
      let (middle, reach) = (Point(x: Float(x + side / 2), y: Float(y + side / 2)), Float(side) / 4)
      #expect(abs(face.box.centre.x - middle.x) <= reach && abs(face.box.centre.y - middle.y) <= reach)
      #expect(abs(face.box.width - Float(side)) < 1 && abs(face.box.height - Float(side)) < 1)
      #expect(face.points[0].x < face.points[1].x && face.points[0].y == face.points[1].y)
      #expect(abs(face.points[0].y - (face.box.centre.y - Float(side) / 4)) < 0.5)
    }
  }

  @Test("boxes of one face are its mean, weighted by their scores")
  func weightedMean() throws {
    var candidates = try Candidates(keyPoints: 1)
    for (x, score) in [(10, 0.6), (12, 0.9), (40, 0.7)] as [(Float, Float)] {
      candidates.add(FaceBox(x: x, y: 0, width: 10, height: 10), score: score) { _ in Point(x: x + 5, y: 3) }
    }
    let faces = try candidates.faces(DetectionOptions())
    #expect(faces.map { $0.score } == [0.9, 0.7])
    #expect(abs(faces[0].box.x - 11.2) < 1e-5 && abs(faces[0].points[0].x - 16.2) < 1e-5)
    #expect(abs(faces[1].box.x - 40) < 1e-4 && abs(faces[1].box.width - 10) < 1e-4)
    #expect(try candidates.faces(DetectionOptions(overlap: 0.9)).count == 3)
  }

  @Test(
    "a face that is much less sure than the surest of the photo is none",
    arguments: [([0.9, 0.73, 0.71, 0.6], 2), ([0.6, 0.59, 0.5], 3), ([0.97], 1), ([], 0)] as [([Float], Int)])
  func credibleFaces(scores: [Float], kept: Int) {
    let box = FaceBox(x: 0, y: 0, width: 1, height: 1)
    let faces = scores.map { DetectedFace(box: box, score: $0, points: []) }
    #expect(Detector.credible(faces).map { $0.score } == Array(scores.prefix(kept)))
  }

  @Test("of equal scores the first box comes first, and only the best are given")
  func ties() throws {
    var candidates = try Candidates(keyPoints: 0)
    for i in 0..<50 {
      let box = FaceBox(x: Float(20 * i), y: 0, width: 10, height: 10)
      candidates.add(box, score: i % 2 == 0 ? 0.5 : 0.75) { _ in box.centre }
    }
    let faces = try candidates.faces(DetectionOptions(mostFaces: 30))
    let odd = stride(from: 1, to: 50, by: 2)
    let wanted = odd.map { 20 * $0 } + stride(from: 0, to: 10, by: 2).map { 20 * $0 }
    #expect(faces.map { Int($0.box.x) } == wanted)
  }

  @Test("of very many boxes the best are kept, whatever order they come in")
  func manyBoxes() throws {
    var candidates = try Candidates(keyPoints: 1)
    let count = 5 * Candidates.most
    for i in 0..<count {
      // Every number once, out of order.
      let rank = i * 7919 % count
      let box = FaceBox(x: Float(20 * rank), y: 0, width: 10, height: 10)
      candidates.add(box, score: Float(rank) / Float(count)) { _ in Point(x: Float(rank), y: 0) }
    }
    let faces = try candidates.faces(DetectionOptions(mostFaces: 500))
    #expect(faces.map { Int($0.points[0].x.rounded()) } == (0..<500).map { count - 1 - $0 })
    #expect(faces.allSatisfy { abs($0.box.x - 20 * $0.points[0].x) < 1 })
  }

  @Test("small faces are found in windows, each once, wherever they lie", arguments: [1, 2, 3])
  func windows(seed: UInt64) throws {
    let (width, height, side) = (900, 610, 40)
    var random = RandomNumbers(seed: seed)
    var squares: [(x: Int, y: Int)] = []
    while squares.count < 30 {
      let square = (
        x: Int(random.next() % UInt64(width - side)), y: Int(random.next() % UInt64(height - side))
      )
      if squares.allSatisfy({ abs($0.x - square.x) > 2 * side || abs($0.y - square.y) > 2 * side }) {
        squares.append(square)
      }
    }
    let photo = SquareDetector.photo(width: width, height: height, squares: squares, side: side)
    let faces = try detect(photo, width: width, height: height)
    #expect(faces.count == squares.count)
    for square in squares {
      let middle = (Float(square.x) + Float(side) / 2, Float(square.y) + Float(side) / 2)
      let near = faces.filter {
        abs($0.box.centre.x - middle.0) <= 12 && abs($0.box.centre.y - middle.1) <= 12
      }
      #expect(near.count == 1, "\(square)")
    }
    // One look at the whole photo shows none of them.
    #expect(try detect(photo, width: width, height: height, options: .init(smallestFace: 1000)).isEmpty)
  }

  @Test("what is found depends on neither threads nor what was searched before")
  func determinism() throws {
    let squares = (0..<8).map { (x: 70 * $0 + 3, y: 31 * $0 + 5) }
    let photo = SquareDetector.photo(width: 640, height: 400, squares: squares, side: 45)
    let wanted = try detect(photo, width: 640, height: 400)
    #expect(wanted.count == 8)
    for threads in 2...3 {
      let detector = try Detector(try Plan(try SquareDetector.model()), threads: threads)
      for _ in 0..<2 {
        #expect(try detector.detect(photo, width: 640, height: 400) == wanted)
        #expect(
          try detector.detect([UInt8](repeating: 9, count: 3 * 50 * 40), width: 50, height: 40).isEmpty)
      }
    }
  }

  @Test("a crop has the score of the face in it")
  func crops() throws {
    let detector = try Detector(try Plan(try SquareDetector.model()), threads: 1)
    func score(_ red: UInt8) throws -> Float {
      let pixels = [UInt8]((0..<(48 * 48)).flatMap { _ in [red, 10, 10] as [UInt8] })
      return try detector.score(ofCrop: PixelImage(pixels, width: 48, height: 48, channels: 3))
    }
    let (face, wall) = try (score(255), score(10))
    #expect(face > 0.9 && wall < 0.01)
  }

  @Test(
    "options out of range are refused in a sentence",
    arguments: [
      DetectionOptions(minScore: 1.5), DetectionOptions(minScore: .nan), DetectionOptions(overlap: -1),
      DetectionOptions(overlap: .nan), DetectionOptions(smallestFace: 0),
      DetectionOptions(smallestFace: .nan),
      DetectionOptions(mostFaces: 0), DetectionOptions(mostFaces: 1025),
    ])
  func badOptions(options: DetectionOptions) throws {
    #expect {
      try detect([UInt8](repeating: 0, count: 3 * 64), width: 8, height: 8, options: options)
    } throws: {
      guard let fault = $0 as? FormatError else { return false }
      return fault.code == .value && fault.message.hasSuffix(".")
    }
  }

  @Test("a model that finds nothing says so, and names what it gives")
  func noDetector() throws {
    let plan = try Plan(try Support.tinyModel().model)
    #expect {
      _ = try Detector(plan)
    } throws: {
      ($0 as? FormatError)?.code == .unsupported
        && "\($0)".contains("finds no faces") && "\($0)".contains("scores (class scores, 3 numbers)")
    }
  }

  @Test("boxes of any numbers give faces of finite ones, or none", arguments: [-8, 0, 1e6, 1e30, 3e38])
  func wildBoxes(size: Float) throws {
    let photo = SquareDetector.photo(width: 64, height: 64, squares: [(0, 0)], side: 64)
    for anchor: Float in [1, 3e38] {
      var model = try SquareDetector.model(size: size)
      guard case .detection(var detection) = model.outputs[0].kind else { return }
      detection.levels[0].anchors[0] = .init(width: anchor, height: anchor)
      model.outputs[0].kind = .detection(detection)
      let faces = try detect(photo, width: 64, height: 64, options: .init(minScore: 0), model: model)
      #expect(faces.isEmpty)
    }
  }

  @Test("numbers of the network that are not finite are an error")
  func notFinite() throws {
    let photo = SquareDetector.photo(width: 64, height: 64, squares: [(0, 0)], side: 64)
    var model = try SquareDetector.model(gain: 3e38)
    model.preprocessing.scale = [1000, 1000, 1000]
    #expect {
      try detect(photo, width: 64, height: 64, model: model)
    } throws: {
      ($0 as? FormatError)?.code == .notFinite && "\($0)".contains("squares")
    }
  }

  @Test("a search of too many looks is refused before it begins, and long photos are no error")
  func bounds() throws {
    let photo = [UInt8](repeating: 7, count: 4000 * 3000)
    let detector = try Detector(try Plan(try SquareDetector.model()), threads: 1)
    // Its windows overlap more.
    let slow = try Detector(try Plan(try SquareDetector.model(isOfOneSize: true)), threads: 1)
    try photo.withUnsafeBufferPointer { pixels in
      let image = try #require(PixelImage(pixels: pixels, width: 4000, height: 3000, channels: 1))
      #expect {
        try slow.detect(image, options: .init(smallestFace: 4))
      } throws: {
        ($0 as? FormatError)?.code == .limit && "\($0)".contains("4000 x 3000")
      }
      for size in [(65_535, 1), (1, 65_535), (65_535, 100), (1, 1)] {
        let image = try #require(
          PixelImage(pixels: pixels, width: size.0, height: size.1, channels: 1))
        for smallest: Float in [40, 100_000] {
          #expect(try detector.detect(image, options: .init(smallestFace: smallest)).isEmpty)
        }
      }
    }
  }
}

extension Detector {
  fileprivate func detect(
    _ pixels: [UInt8], width: Int, height: Int, options: DetectionOptions = DetectionOptions()
  ) throws -> [DetectedFace] {
    try detect(PixelImage(pixels, width: width, height: height, channels: 3), options: options)
  }
}
