/// Reduces pictures to fewer pixels and enlarges them again, by triangle filters: what is left of a face that was small in its photo.
struct Softening {
  /// Places of the source that a place of the result is the weighted mean of.
  private typealias Taps = (first: Int, weights: [Float])
  private let side: Int
  private let down: [Taps]
  private let up: [Taps]

  /// Prepares for square pictures.
  ///
  /// - Parameters:
  ///   - side: theirs, in pixels.
  ///   - small: the side in between, at least 1.
  init(side: Int, small: Int) {
    self.side = side
    (down, up) = (Self.taps(from: side, to: small), Self.taps(from: small, to: side))
  }

  private static func taps(from source: Int, to target: Int) -> [Taps] {
    let step = Float(source) / Float(target)
    let reach = max(1, step)
    return (0..<target).map { i in
      let centre = (Float(i) + 0.5) * step
      let first = max(0, Int((centre - reach).rounded(.down)))
      let last = min(source - 1, Int((centre + reach).rounded(.up)))
      let weights = (first...last).map { max(0, 1 - abs(Float($0) + 0.5 - centre) / reach) }
      let sum = weights.reduce(0, +)
      return (first, weights.map { $0 / sum })
    }
  }

  /// Softens one plane of a canvas.
  ///
  /// - Complexity: some 6 multiply-adds a pixel in each of four passes.
  func apply(to canvas: inout MutableSpan<Float>, at plane: Int) {
    var line = [Float](repeating: 0, count: side)
    var small = [Float](repeating: 0, count: down.count)
    for stride in [1, side] {
      for number in 0..<side {
        let start = plane + number * (stride == 1 ? side : 1)
        for i in 0..<side { line[i] = canvas[start + i * stride] }
        Self.mean(of: line.span, down, into: &small)
        Self.mean(of: small.span, up, into: &line)
        for i in 0..<side { canvas[start + i * stride] = line[i] }
      }
    }
  }

  private static func mean(of source: Span<Float>, _ taps: [Taps], into target: inout [Float]) {
    for (i, tap) in taps.enumerated() {
      var sum: Float = 0
      for (k, weight) in tap.weights.enumerated() { sum += weight * source[tap.first + k] }
      target[i] = sum
    }
  }
}
