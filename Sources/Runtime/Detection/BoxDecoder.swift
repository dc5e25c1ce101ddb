internal import FermFormat

/// Reads the boxes of a detection's row of numbers (spec section 9).
struct BoxDecoder: Sendable {
  /// The maps of one level, and where they begin in a row.
  private struct Level: Sendable {
    let scores: Int
    let boxes: Int
    let height: Int
    let width: Int
    let anchors: [Detection.Anchor]
  }

  /// Which of the plan's outputs is meant.
  let output: Int
  let keyPoints: Int
  /// Numbers of an image's row.
  let count: Int
  private let levels: [Level]
  /// The network's input.
  private let height: Int
  private let width: Int

  /// - Throws: `unsupported` for a model without boxes.
  init(_ plan: Plan) throws(FormatError) {
    for (number, output) in plan.outputs.enumerated() {
      guard case .detection(let detection) = output.kind else { continue }
      var (levels, start): ([Level], Int) = ([], 0)
      for (i, level) in detection.levels.enumerated() {
        let (scores, boxes) = (output.shapes[2 * i], output.shapes[2 * i + 1])
        levels.append(
          Level(
            scores: start, boxes: start + scores.count, height: scores[1], width: scores[2],
            anchors: level.anchors))
        start += scores.count + boxes.count
      }
      let input = plan.preprocessing.cropped
      (self.output, keyPoints, count, self.levels) = (number, detection.keyPoints, start, levels)
      (height, width) = (input.height, input.width)
      return
    }
    throw FormatError(
      .unsupported,
      "The model \(plan.name) finds no faces: it has no detection; its \(plan.outputsInWords).")
  }

  /// Adds the boxes of a row whose scores are high enough, and that lie where the view may speak for itself.
  func read(
    _ row: UnsafePointer<Float>, of view: ViewPlace, in area: ViewArea, from least: LeastScore,
    into candidates: inout Candidates
  ) {
    for level in levels {
      let places = level.height * level.width
      // SAFETY: the row holds the maps of each level, whose shapes the plan checked.
      let (scores, boxes) = unsafe (row + level.scores, row + level.boxes)
      let channels = 4 + 2 * keyPoints
      for place in 0..<places {
        for (a, anchor) in level.anchors.enumerated() {
          let logit = unsafe scores[a * places + place]
          guard logit >= least.logit else { continue }
          // SAFETY: the box's numbers are a map's height apart.
          let numbers = unsafe boxes + a * channels * places + place
          let centreX = (Float(place % level.width) + 0.5) * Float(width) / Float(level.width)
          let centreY = (Float(place / level.width) + 0.5) * Float(height) / Float(level.height)
          let box = unsafe view.box(
            centreX: centreX + numbers[0] * anchor.width, centreY: centreY + numbers[places] * anchor.height,
            width: numbers[2 * places] * anchor.width, height: numbers[3 * places] * anchor.height)
          guard area.holds(box) else { continue }
          candidates.add(box, score: LeastScore.score(of: logit)) { point in
            let (x, y) = unsafe (numbers[(4 + 2 * point) * places], numbers[(5 + 2 * point) * places])
            return view.point(x: centreX + x * anchor.width, y: centreY + y * anchor.height)
          }
        }
      }
    }
  }
}

/// The score from which a box counts.
struct LeastScore {
  /// The smallest logit of such a score.
  let logit: Float

  init(_ score: Float) {
    // The score grows with the logit; halving finds the place to the last bit but a few.
    var (low, high): (Float, Float) = (-104, 104)
    guard score > 0 else {
      logit = -.infinity
      return
    }
    for _ in 0..<64 {
      let middle = (low + high) / 2
      if Self.score(of: middle) >= score { high = middle } else { low = middle }
    }
    logit = high
  }

  /// The probability that a logit stands for.
  static func score(of logit: Float) -> Float {
    // Powers of what is at most 0 alone are there.
    let power = exponential(-abs(Double(logit)))
    return Float(logit < 0 ? power / (1 + power) : 1 / (1 + power))
  }
}
