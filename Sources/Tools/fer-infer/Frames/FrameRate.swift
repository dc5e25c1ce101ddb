/// How many frames a second has, as a fraction: 30000/1001.
struct FrameRate: Equatable, Sendable {
  /// So many frames...
  let frames: Int
  /// ...in so many seconds.
  let seconds: Int

  /// The largest number of the fraction.
  static let largest = 1_000_000_000

  /// A rate; nil for one that is not positive, or whose numbers are out of all proportion.
  init?(frames: Int, seconds: Int) {
    guard 1...Self.largest ~= frames, 1...Self.largest ~= seconds else { return nil }
    (self.frames, self.seconds) = (frames, seconds)
  }

  /// Reads `25`, `29.97`, `30000/1001` or `30000:1001`.
  init?(_ text: String) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }
    guard text.utf8.allSatisfy({ "0123456789./:".utf8.contains($0) }) else { return nil }
    if parts.count == 2 {
      guard let frames = Int(parts[0]), let seconds = Int(parts[1]) else { return nil }
      self.init(frames: frames, seconds: seconds)
    } else {
      let digits = text.split(separator: ".", omittingEmptySubsequences: false)
      let fraction = digits.count == 2 ? digits[1] : ""
      guard digits.count <= 2, fraction.count <= 6, let frames = Int(digits[0] + fraction) else { return nil }
      self.init(frames: frames, seconds: fraction.reduce(1) { scale, _ in 10 * scale })
    }
  }

  /// When a frame is shown, counted from 0.
  func time(of frame: Int) -> FrameTime {
    let exact = UInt128(max(frame, 0)) * UInt128(seconds) * 1_000_000
    return FrameTime(microseconds: Int(clamping: (exact + UInt128(frames) / 2) / UInt128(frames)))
  }
}

/// A time in a stream, from its first frame on, to the nearest microsecond.
struct FrameTime: Equatable, Sendable {
  let microseconds: Int

  var seconds: Double { Double(microseconds) * 1e-6 }

  /// Seconds as a decimal number without a superfluous digit: `0.04`.
  var text: String {
    let digits = "\(microseconds % 1_000_000)"
    var fraction = String(repeating: "0", count: 6 - digits.count) + digits
    while fraction.last == "0" { fraction.removeLast() }
    return "\(microseconds / 1_000_000)" + (fraction.isEmpty ? "" : "." + fraction)
  }
}

/// Which frame of a stream.
struct FrameMoment: Sendable {
  /// From 0.
  let number: Int
  /// nil where nothing says how many frames a second has.
  let time: FrameTime?

  /// Seconds for what has to know how far apart frames are; of 25 frames where it is not known.
  var clock: Double { time?.seconds ?? Double(number) / 25 }
}
