internal import FermFormat

/// Boxes that may be faces, the best of which are kept, however many there are.
struct Candidates {
  /// As many boxes are compared with each other at most: a photo of many faces has some tens for each.
  static let most = 2048

  private struct Entry {
    var box: FaceBox
    var score: Float
    /// In the order in which they came, which settles between equal scores.
    var number: Int
    /// Where its key points begin.
    var first: Int

    static func isBetter(_ a: Entry, _ b: Entry) -> Bool {
      a.score != b.score ? a.score > b.score : a.number < b.number
    }
  }

  private let keyPoints: Int
  private var entries: [Entry] = []
  /// Those of each entry, from `first` on.
  private var points: [Point] = []
  private var added = 0

  /// Takes the memory for all that will ever be held.
  init(keyPoints: Int) throws(FormatError) {
    self.keyPoints = keyPoints
    try requireMemory(Self.bytes(keyPoints: keyPoints))
    entries.reserveCapacity(2 * Self.most)
    points.reserveCapacity(2 * Self.most * keyPoints)
  }

  /// More than the bytes that the boxes take, and than those that sorting and choosing among them take for a while.
  private static func bytes(keyPoints: Int) -> Int {
    2 * most * (2 * MemoryLayout<Entry>.stride + MemoryLayout<Point>.stride * keyPoints) + 1 << 16
  }

  /// Forgets all boxes.
  mutating func clear() {
    entries.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    added = 0
  }

  /// Adds a box, whose key points must follow.
  mutating func add(_ box: FaceBox, score: Float) {
    if entries.count == 2 * Self.most { keepBest() }
    entries.append(Entry(box: box, score: score, number: added, first: points.count))
    added += 1
  }

  /// Adds a key point of the box that came last, or what is left of one that lies nowhere near the photo.
  mutating func add(_ point: Point) {
    let most: Float = 0x1p20
    points.append(Point(x: max(-most, min(most, point.x)), y: max(-most, min(most, point.y))))
  }

  private mutating func keepBest() {
    entries.sort(by: Entry.isBetter)
    entries.removeLast(entries.count - Self.most)
    var kept: [Point] = []
    kept.reserveCapacity(points.capacity)
    for i in entries.indices {
      let first = entries[i].first
      entries[i].first = kept.count
      kept.append(contentsOf: points[first..<(first + keyPoints)])
    }
    points = kept
  }

  /// The highest score of a box that is wanted; 0 where there is none.
  func bestScore(where isWanted: (FaceBox) -> Bool) -> Float {
    entries.reduce(0) { isWanted($1.box) ? max($0, $1.score) : $0 }
  }

  /// The faces that the boxes show, the best first: of boxes that overlap the mean, weighted by their scores.
  ///
  /// - Throws: `memory`.
  mutating func faces(_ options: DetectionOptions) throws(FormatError) -> [DetectedFace] {
    let faceBytes = MemoryLayout<DetectedFace>.stride + MemoryLayout<Point>.stride * keyPoints + 64
    try requireMemory(Self.bytes(keyPoints: keyPoints) + 2 * options.mostFaces * faceBytes)
    entries.sort(by: Entry.isBetter)
    var faces: [DetectedFace] = []
    // Of two boxes that share so much of the smaller one, the worse shows a part of the face, or more than it.
    let inside = max(0.7, options.overlap)
    var isTaken = [Bool](repeating: false, count: entries.count)
    for i in entries.indices where !isTaken[i] {
      guard faces.count < options.mostFaces else { break }
      let best = entries[i].box
      var mean = Mean(keyPoints: keyPoints)
      for j in i..<entries.count where !isTaken[j] {
        let box = entries[j].box
        if j == i || best.overlap(with: box) > options.overlap {
          mean.add(box, points[entries[j].first...].prefix(keyPoints), weight: entries[j].score)
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

  mutating func add(_ box: FaceBox, _ boxPoints: ArraySlice<Point>, weight score: Float) {
    // Boxes whose scores are all zero weigh alike.
    let weight = max(score, 0x1p-60)
    x += weight * box.x
    y += weight * box.y
    width += weight * box.width
    height += weight * box.height
    for (i, point) in boxPoints.enumerated() {
      points[i].x += weight * point.x
      points[i].y += weight * point.y
    }
    self.weight += weight
  }

  func face(score: Float) -> DetectedFace {
    DetectedFace(
      box: FaceBox(x: x / weight, y: y / weight, width: width / weight, height: height / weight),
      score: score, points: points.map { Point(x: $0.x / weight, y: $0.y / weight) })
  }
}
