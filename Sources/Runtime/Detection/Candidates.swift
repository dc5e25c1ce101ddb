internal import FermFormat

/// Boxes that may be faces: the best of them, however many there are.
struct Candidates {
  /// As many are compared with each other at most: each face of a photo has some tens of boxes.
  static let most = 2048

  private struct Entry {
    var box: FaceBox
    var score: Float
    /// Its key points are those of this number.
    var slot: Int
  }

  private let keyPoints: Int
  /// By their scores, and then as they came.
  private var entries: [Entry] = []
  private var points: [Point]

  /// Takes the memory for all that will ever be held.
  init(keyPoints: Int) throws(FormatError) {
    try requireMemory(
      Self.most * (MemoryLayout<Entry>.stride + MemoryLayout<Point>.stride * keyPoints) + 1 << 16)
    self.keyPoints = keyPoints
    points = [Point](repeating: Point(x: 0, y: 0), count: Self.most * keyPoints)
    entries.reserveCapacity(Self.most)
  }

  /// Forgets all boxes.
  mutating func clear() { entries.removeAll(keepingCapacity: true) }

  /// Adds a box, unless there are enough better ones, and forgets the worst where there are too many.
  ///
  /// - Parameter point: gives its key points by their numbers.
  mutating func add(_ box: FaceBox, score: Float, point: (Int) -> Point) {
    var slot = entries.count
    if slot == Self.most {
      guard score > entries[slot - 1].score else { return }
      slot = entries.removeLast().slot
    }
    var place = entries.count
    entries.append(Entry(box: box, score: score, slot: slot))
    while place > 0, entries[place - 1].score < score {
      entries.swapAt(place, place - 1)
      place -= 1
    }
    for i in 0..<keyPoints { points[slot * keyPoints + i] = point(i) }
  }

  /// The highest score of a box whose middle lies in a rectangle; 0 where there is none.
  func bestScore(in rectangle: FaceBox) -> Float {
    for entry in entries where rectangle.holds(entry.box.centre) { return entry.score }
    return 0
  }

  /// The faces that the boxes show, the best first: of boxes that overlap the mean, weighted by their scores.
  ///
  /// - Throws: `memory`.
  func faces(_ options: DetectionOptions) throws(FormatError) -> [DetectedFace] {
    let faceBytes = MemoryLayout<DetectedFace>.stride + MemoryLayout<Point>.stride * keyPoints + 64
    try requireMemory(2 * options.mostFaces * faceBytes + 1 << 16)
    // Of two boxes that share so much of the smaller one, the worse shows a part of the face, or more than it.
    let inside = max(0.7, options.overlap)
    var faces: [DetectedFace] = []
    var isTaken = [Bool](repeating: false, count: entries.count)
    for i in entries.indices where !isTaken[i] {
      guard faces.count < options.mostFaces else { break }
      let best = entries[i].box
      var mean = Mean(keyPoints: keyPoints)
      for j in i..<entries.count where !isTaken[j] {
        let box = entries[j].box
        if j == i || best.overlap(with: box) > options.overlap {
          mean.add(box, points, from: entries[j].slot * keyPoints, weight: entries[j].score)
          isTaken[j] = true
        } else if best.sharedArea(with: box) > inside * min(best.area, box.area) {
          isTaken[j] = true
        }
      }
      faces.append(mean.face(score: entries[i].score))
    }
    return faces
  }
}

/// The mean of boxes and their key points.
private struct Mean {
  private var (x, y, width, height): (Float, Float, Float, Float) = (0, 0, 0, 0)
  private var points: [Point]
  private var weight: Float = 0

  init(keyPoints: Int) { points = [Point](repeating: Point(x: 0, y: 0), count: keyPoints) }

  mutating func add(_ box: FaceBox, _ boxPoints: [Point], from first: Int, weight score: Float) {
    // Boxes whose scores are all zero weigh alike.
    let weight = max(score, 0x1p-60)
    x += weight * box.x
    y += weight * box.y
    width += weight * box.width
    height += weight * box.height
    for i in points.indices {
      points[i].x += weight * boxPoints[first + i].x
      points[i].y += weight * boxPoints[first + i].y
    }
    self.weight += weight
  }

  consuming func face(score: Float) -> DetectedFace {
    for i in points.indices { points[i] = Point(x: points[i].x / weight, y: points[i].y / weight) }
    return DetectedFace(
      box: FaceBox(x: x / weight, y: y / weight, width: width / weight, height: height / weight),
      score: score, points: points)
  }
}
