/// Tells which faces of one frame are those of the frames before: a number for each, which no other face gets.
///
/// A face is looked for where its last box would be by now if it went on as it did. The pair of a face and a box that overlap most
/// comes first, then the next; what is left over goes by the distance of centres, for those who move fast. A face that is not seen for
/// a while keeps its number.
struct Tracker {
  /// A face that is followed.
  private struct Track {
    let id: Int
    var box: Box
    /// Pixels a second of the centre.
    var velocity = (x: 0.0, y: 0.0)
    var seen: Double
    /// Looks in which it was not seen since.
    var missed = 0

    init(id: Int, box: Box, seen: Double) { (self.id, self.box, self.seen) = (id, box, seen) }

    /// Where it would be at a time.
    func expected(at clock: Double) -> Box {
      let ahead = clock - seen
      return Box(
        x: box.x + velocity.x * ahead, y: box.y + velocity.y * ahead, width: box.width, height: box.height)
    }

    mutating func move(to new: Box, at clock: Double) {
      let passed = clock - seen
      if passed > 0 {
        let share = 1 - 1 / (1 + passed / Tracker.inertia)
        velocity.x += share * ((new.middle.x - box.middle.x) / passed - velocity.x)
        velocity.y += share * ((new.middle.y - box.middle.y) / passed - velocity.y)
      }
      (box, seen, missed) = (new, clock, 0)
    }
  }

  /// Boxes with a smaller share of their union in common belong together by distance alone: a face that goes two thirds of its
  /// width between looks has this.
  private static let leastOverlap = 0.2
  /// Centres of one face are no further apart than so many times its side.
  private static let farthest = 1.0
  /// Sides of one face differ by no more than this factor from one look to the next.
  private static let mostGrowth = 1.6
  /// A face that was not seen for longer than so many seconds, and in more looks than so many, has gone: who turns away or is
  /// hidden by a passer-by is back by then, and who comes later may be somebody else.
  private static let patience = (seconds: 1.0, looks: 2)
  /// Velocities follow boxes over about so many seconds: a detector's boxes tremble.
  private static let inertia = 0.1

  private var tracks: [Track] = []
  /// How many faces there have been.
  private(set) var count = 0

  /// The faces that are followed at present.
  var ids: [Int] { tracks.map { $0.id } }

  /// The numbers of the faces of a frame, in the order of their boxes.
  ///
  /// - Parameter clock: seconds, of which differences count; no less than those of the frame before.
  mutating func follow(_ boxes: [Box], at clock: Double) -> [Int] {
    for place in tracks.indices { tracks[place].missed += 1 }
    tracks.removeAll {
      $0.missed > Self.patience.looks + 1 && clock - $0.seen > Self.patience.seconds + 1e-9
    }
    var ids = [Int?](repeating: nil, count: boxes.count)
    for (track, box) in pairs(boxes, at: clock) {
      ids[box] = tracks[track].id
      tracks[track].move(to: boxes[box], at: clock)
    }
    return zip(ids, boxes).map { id, box in
      if let id { return id }
      defer { count += 1 }
      tracks.append(Track(id: count, box: box, seen: clock))
      return count
    }
  }

  /// Which track has which box, each of them once.
  private func pairs(_ boxes: [Box], at clock: Double) -> [(track: Int, box: Int)] {
    var all: [(worth: Double, track: Int, box: Int)] = []
    for (place, track) in tracks.enumerated() {
      let expected = track.expected(at: clock)
      for (number, box) in boxes.enumerated() {
        let overlap = expected.overlap(box)
        if overlap >= Self.leastOverlap {
          all.append((1 + overlap, place, number))
        } else if expected.sides(over: box) <= Self.mostGrowth {
          let distance = expected.distance(to: box)
          if distance <= Self.farthest { all.append((1 - distance / 2, place, number)) }
        }
      }
    }
    // The oldest face and the surest box first, where two are worth the same.
    all.sort { ($1.worth, $0.track, $0.box) < ($0.worth, $1.track, $1.box) }
    var (takenTracks, takenBoxes) = (Set<Int>(), Set<Int>())
    return all.compactMap { _, track, box in
      guard !takenTracks.contains(track), !takenBoxes.contains(box) else { return nil }
      takenTracks.insert(track)
      takenBoxes.insert(box)
      return (track, box)
    }
  }
}

extension Box {
  fileprivate var middle: (x: Double, y: Double) { (x + width / 2, y + height / 2) }
  private var side: Double { (width + height) / 2 }

  /// What two boxes have in common as a share of what they cover together.
  fileprivate func overlap(_ other: Box) -> Double {
    let across = min(x + width, other.x + other.width) - max(x, other.x)
    let down = min(y + height, other.y + other.height) - max(y, other.y)
    guard across > 0, down > 0 else { return 0 }
    return across * down / (width * height + other.width * other.height - across * down)
  }

  /// The larger one's side over the smaller one's.
  fileprivate func sides(over other: Box) -> Double {
    max(side, other.side) / max(min(side, other.side), 1e-9)
  }

  /// From centre to centre, in sides.
  fileprivate func distance(to other: Box) -> Double {
    let (dx, dy) = (middle.x - other.middle.x, middle.y - other.middle.y)
    return (dx * dx + dy * dy).squareRoot() / max((side + other.side) / 2, 1e-9)
  }
}
