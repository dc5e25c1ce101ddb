import FermDrawing
import FermFiles
import FermToolSupport

/// The drawing of `--strip`: for each face, how its probabilities share out among the classes, over time.
struct EmotionStrip {
  let bins: StripBins
  let labels: [String]
  /// Seconds of a frame; nil where they are not known, and the axis counts frames.
  let frameSeconds: Double?
  /// Whether probabilities are running means.
  let isSmoothed: Bool

  /// So many faces are drawn, those that were seen longest.
  static let mostFaces = 24

  private static let plot = (left: 96.0, top: 78.0, width: 960.0)
  private static let row = (height: 64.0, gap: 16.0)
  /// Faces that are not seen for longer are not there; a moment in which the detector misses one is bridged.
  private static let bridge = 0.5

  /// The faces to draw, in the order of their numbers.
  var faces: [StripBins.Face] {
    bins.faces.values.sorted { ($1.looks, $0.id) < ($0.looks, $1.id) }.prefix(Self.mostFaces)
      .sorted { $0.id < $1.id }
  }

  /// The text of the file.
  var file: String {
    let faces = faces
    let bottom = Self.plot.top + Double(faces.count) * (Self.row.height + Self.row.gap)
    let left = bins.faces.count + bins.dropped - faces.count
    var picture = SVG(
      width: Int(Self.plot.left + Self.plot.width + 24), height: Int(bottom + (left > 0 ? 66 : 44)))
    picture.text(
      "Emotions over time" + (isSmoothed ? ", smoothed" : ""), Self.plot.left, 28, size: 15, bold: true)
    drawLegend(&picture)
    drawAxis(&picture, bottom: bottom)
    for (place, face) in faces.enumerated() {
      draw(face, top: Self.plot.top + Double(place) * (Self.row.height + Self.row.gap), &picture)
    }
    if left > 0 {
      picture.text(
        "and \(counted(left, "face")) that were seen for a shorter time, which are not drawn",
        Self.plot.left, bottom + 52, fill: ChartColour.faint)
    }
    return picture.rendered(adapts: true)
  }

  private func drawLegend(_ picture: inout SVG) {
    var x = Self.plot.left
    for (place, label) in labels.prefix(12).enumerated() {
      picture.rectangle(x, 44, 12, 12, fill: labelColour(place))
      picture.text(label.printable, x + 18, 54)
      x += 34 + SVG.width(of: label.printable)
    }
  }

  private func x(_ frame: Double) -> Double {
    Self.plot.left + Self.plot.width * min(frame / Double(max(bins.frames, 1)), 1)
  }

  private func drawAxis(_ picture: inout SVG, bottom: Double) {
    let total = Double(bins.frames) * (frameSeconds ?? 1)
    let step = Self.step(total, isTime: frameSeconds != nil)
    for tick in 0...Int(total / step) {
      let value = Double(tick) * step
      let x = x(value / (frameSeconds ?? 1))
      picture.line([(x, Self.plot.top - 6), (x, bottom - 6)], stroke: ChartColour.grid)
      picture.text(words(value), x, bottom + 10, anchor: "middle")
    }
    picture.text(
      frameSeconds == nil ? "frame" : total < 60 ? "seconds" : "minutes : seconds",
      Self.plot.left + Self.plot.width / 2, bottom + 30, anchor: "middle")
  }

  /// A round step with at most ten of them.
  private static func step(_ total: Double, isTime: Bool) -> Double {
    let ofTime = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
    var steps = isTime ? ofTime : [1, 2, 5]
    // An hour and a frame count on in tens.
    while total / (steps.last ?? 1) > 10 { steps += steps.suffix(3).map { 10 * $0 } }
    return steps.first { total / $0 <= 10 } ?? 1
  }

  private func words(_ value: Double) -> String {
    let total = Double(bins.frames) * (frameSeconds ?? 1)
    guard frameSeconds != nil, total >= 60 else {
      let hundredths = Int((value * 100).rounded())
      if hundredths % 100 == 0 { return "\(hundredths / 100)" }
      let digits = "\(100 + hundredths % 100)".dropFirst()
      return "\(hundredths / 100)." + (digits.last == "0" ? digits.dropLast() : digits)
    }
    return ProgressLine.clock(value)
  }

  /// The stacked areas of a face.
  private func draw(_ face: StripBins.Face, top: Double, _ picture: inout SVG) {
    let base = top + Self.row.height
    picture.text("face \(face.id)", Self.plot.left - 12, top + Self.row.height / 2 + 4, anchor: "end")
    for piece in pieces(of: face) {
      var below = [Double](repeating: base, count: piece.count)
      for label in labels.indices {
        let above = zip(below, piece).map { $0 - Self.row.height * Double($1.means[label]) }
        let points = zip(piece, above).flatMap { bin, y in corners(bin, y, in: piece) }
        let back = zip(piece, below).flatMap { bin, y in corners(bin, y, in: piece) }
        picture.area(points + back.reversed(), fill: labelColour(label), opacity: 1)
        below = above
      }
    }
    picture.line(
      [(Self.plot.left, base), (Self.plot.left + Self.plot.width, base)], stroke: ChartColour.faint)
  }

  /// A bin in its place.
  private struct Placed {
    let place: Int
    let means: [Float]
  }

  /// Where the edge of a bin's area goes: through its middle, and from the start of the first to the end of the last.
  private func corners(_ bin: Placed, _ y: Double, in piece: [Placed]) -> [(Double, Double)] {
    let width = Double(bins.width)
    var points = [(x((Double(bin.place) + 0.5) * width), y)]
    if bin.place == piece.first?.place { points.insert((x(Double(bin.place) * width), y), at: 0) }
    if bin.place == piece.last?.place { points.append((x(Double(bin.place + 1) * width), y)) }
    return points
  }

  /// The bins in which a face was seen, without those gaps that are too short to matter.
  private func pieces(of face: StripBins.Face) -> [[Placed]] {
    let bridge = max(1, Int((Self.bridge / (frameSeconds ?? 0.04) / Double(bins.width)).rounded(.up)))
    var pieces: [[Placed]] = []
    for (offset, bin) in face.bins.enumerated() {
      guard let bin else { continue }
      let placed = Placed(place: face.first + offset, means: bin.means)
      if let last = pieces.last?.last, placed.place - last.place <= bridge {
        pieces[pieces.count - 1].append(placed)
      } else {
        pieces.append([placed])
      }
    }
    return pieces
  }
}
