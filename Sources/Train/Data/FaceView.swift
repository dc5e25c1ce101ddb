internal import FermFormat
internal import Foundation

/// One draw of an augmentation's geometry and light, for one face.
struct FaceView {
  /// From the canvas's unit square to the face's: `face = matrix * canvas + offset`.
  private var matrix: (xx: Double, xy: Double, yx: Double, yy: Double)
  private var offset: (x: Double, y: Double)
  /// The kept part of the face, in its unit square.
  private let part: (x: Double, y: Double, width: Double, height: Double)
  private let showsSurroundings: Bool
  private let goesOn: Bool
  private let light: (brightness: Float, contrast: Float)
  /// The share of the canvas's pixels each way that is left; nil is all.
  private let sharpness: Double?

  /// Draws a view. `turn` says which faces of an alternating flip are mirrored.
  init(_ a: Augmentation, turn: Bool, _ random: inout RandomNumbers) {
    part = Self.part(a, &random)
    func amount(_ chance: Augmentation.Chance, _ random: inout RandomNumbers) -> Double? {
      let happens = Double(random.uniform()) < chance.probability
      let draw = (2 * Double(random.uniform()) - 1) * chance.most
      return happens ? draw : nil
    }
    let across = amount(a.shift, &random)
    let down = (2 * Double(random.uniform()) - 1) * a.shift.most
    let flips = a.flip == .random ? random.next() & 1 == 1 : a.flip == .alternating && turn
    let angle = (amount(a.rotation, &random) ?? 0) * .pi / 180
    let brightness = amount(a.light, &random)
    let contrast = (2 * Double(random.uniform()) - 1) * a.light.most
    light = brightness.map { (Float(1 + $0), Float(1 + contrast)) } ?? (1, 1)
    // Drawn only where it is wanted: other draws stay what they were before there was this one.
    sharpness =
      a.small.probability > 0 && Double(random.uniform()) < a.small.probability
      ? 1 - a.small.most * Double(random.uniform()) : nil
    showsSurroundings = a.showsSurroundings
    goesOn = a.showsSurroundings && a.beyond == .edge

    let centre = (x: 0.5 - (across ?? 0), y: 0.5 - (across == nil ? 0 : down))
    (matrix, offset) = Self.map(part, about: centre, mirrored: flips, angle: angle)
  }

  /// Draws nothing by chance: the face in a frame `zoom` times as wide as it, turned; its edge goes on beyond it.
  init(zoom: Double, degrees: Double) {
    part = ((1 - zoom) / 2, (1 - zoom) / 2, zoom, zoom)
    (showsSurroundings, goesOn, light, sharpness) = (true, true, (1, 1), nil)
    (matrix, offset) = Self.map(part, about: (0.5, 0.5), mirrored: false, angle: degrees * .pi / 180)
  }

  /// The way back from the canvas: undoes the rotation about the centre, the mirror, the shift; then goes into the kept part.
  private static func map(
    _ part: (x: Double, y: Double, width: Double, height: Double), about centre: (x: Double, y: Double),
    mirrored: Bool, angle: Double
  ) -> (matrix: (xx: Double, xy: Double, yx: Double, yy: Double), offset: (x: Double, y: Double)) {
    let (c, s) = (cos(angle), sin(angle))
    let side: Double = mirrored ? -1 : 1
    let matrix = (
      xx: side * c * part.width, xy: side * s * part.width, yx: -s * part.height, yy: c * part.height
    )
    return (
      matrix,
      (
        part.x + part.width * centre.x - 0.5 * (matrix.xx + matrix.xy),
        part.y + part.height * centre.y - 0.5 * (matrix.yx + matrix.yy)
      )
    )
  }

  /// A random part by area and proportion; where nothing lies beyond the face, the whole of it when ten draws do not fit.
  private static func part(
    _ a: Augmentation, _ random: inout RandomNumbers
  ) -> (x: Double, y: Double, width: Double, height: Double) {
    let (low, high) = (log(a.ratio.least), log(a.ratio.most))
    for _ in 0..<10 {
      let area = a.scale.least + (a.scale.most - a.scale.least) * Double(random.uniform())
      let ratio = exp(low + (high - low) * Double(random.uniform()))
      let (width, height) = ((area * ratio).squareRoot(), (area / ratio).squareRoot())
      guard a.beyond == .edge || width <= 1 && height <= 1 else { continue }
      return (
        (1 - width) * Double(random.uniform()), (1 - height) * Double(random.uniform()), width, height
      )
    }
    return (0, 0, 1, 1)
  }

  /// Draws the face on a square canvas of `side` pixels, `[channels][side][side]`, values 0 to 255.
  ///
  /// - Parameter extent: the face's size.
  func draw(_ face: FaceSet.Face, _ extent: Extent, on canvas: inout MutableSpan<Float>, side: Int) {
    let channels = face.channels
    // Steps of one canvas pixel, in pixels of the face, whose centres lie at halves.
    let (width, height) = (Double(extent.width), Double(extent.height))
    let unit = 1 / Double(side)
    let stepX = (u: Float(matrix.xx * unit * width), v: Float(matrix.yx * unit * height))
    let (right, bottom) = (extent.width - 1, extent.height - 1)
    let box =
      showsSurroundings
      ? (0, 0, Float(width), Float(height))
      : (
        Float(part.x * width), Float(part.y * height), Float((part.x + part.width) * width),
        Float((part.y + part.height) * height)
      )
    let slack: Float = 1e-3
    let pixels = face.pixels.span
    for y in 0..<side {
      let row = (Double(y) + 0.5) * unit
      let u0 = Float((matrix.xx * 0.5 * unit + matrix.xy * row + offset.x) * width)
      let v0 = Float((matrix.yx * 0.5 * unit + matrix.yy * row + offset.y) * height)
      for x in 0..<side {
        let (u, v) = (u0 + Float(x) * stepX.u, v0 + Float(x) * stepX.v)
        let place = y * side + x
        guard goesOn || u >= box.0 - slack && u <= box.2 + slack && v >= box.1 - slack && v <= box.3 + slack
        else {
          for channel in 0..<channels { canvas[channel * side * side + place] = 0 }
          continue
        }
        let (fx, fy) = (
          min(max(u - 0.5, 0), Float(right)), min(max(v - 0.5, 0), Float(bottom))
        )
        let (left, top) = (Int(fx), Int(fy))
        let (tx, ty) = (fx - Float(left), fy - Float(top))
        let (toRight, toBottom) = (
          left < right ? channels : 0, top < bottom ? extent.width * channels : 0
        )
        for channel in 0..<channels {
          let first = (top * extent.width + left) * channels + channel
          let upper =
            Float(pixels[first]) * (1 - tx) + Float(pixels[first + toRight]) * tx
          let lower =
            Float(pixels[first + toBottom]) * (1 - tx) + Float(pixels[first + toBottom + toRight]) * tx
          canvas[channel * side * side + place] = upper * (1 - ty) + lower * ty
        }
      }
    }
    if let sharpness {
      let softening = Softening(side: side, small: max(1, Int((sharpness * Double(side)).rounded())))
      for channel in 0..<channels { softening.apply(to: &canvas, at: channel * side * side) }
    }
    relight(&canvas, channels * side * side)
  }

  /// Brightness scales, contrast spreads about the mean.
  private func relight(_ canvas: inout MutableSpan<Float>, _ count: Int) {
    guard light != (1, 1) else { return }
    var mean: Float = 0
    for i in 0..<count { mean += canvas[i] }
    mean *= light.brightness / Float(count)
    let (gain, shift) = (light.brightness * light.contrast, mean * (1 - light.contrast))
    for i in 0..<count { canvas[i] = min(max(canvas[i] * gain + shift, 0), 255) }
  }
}
