internal import Glibc

/// One line on standard error that is redrawn as work goes on: share, rate and the time left.
///
/// Silent when standard error is no terminal.
public final class ProgressLine {
  /// Whether there is somebody to see it.
  public static var isShown: Bool { isatty(2) == 1 }

  private let isShown: Bool
  private let unit: String
  private let started: Double
  private var drawn = 0.0

  /// Starts the clock.
  public init(unit: String, quiet: Bool = false) {
    self.unit = unit
    isShown = !quiet && Self.isShown
    started = Self.now
  }

  /// Seconds on a clock that only goes forward.
  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Redraws, at most ten times a second.
  ///
  /// - Parameters:
  ///   - total: nil when it is not known.
  ///   - prefix: what is going on.
  public func show(_ done: Int, of total: Int?, prefix: String = "") {
    draw {
      let rate = Double(done) / max(Self.now - started, 1e-9)
      let text = prefix.isEmpty ? "" : prefix + "  "
      guard let total, total > 0 else { return text + "\(done)  \(Self.pace(rate, unit))" }
      let left = Double(total - done) / max(rate, 1e-9)
      return
        "\(text)\(done)/\(total) (\(100 * done / total) %)  \(Self.pace(rate, unit))  \(Self.clock(left)) left"
    }
  }

  /// Redraws with another text, at most ten times a second.
  public func draw(_ text: () -> String) {
    guard isShown else { return }
    let now = Self.now
    guard now - drawn >= 0.1 else { return }
    drawn = now
    let bytes = Array("\r\u{1B}[K\(text())".utf8)
    _ = write(2, bytes, bytes.count)
  }

  /// Removes the line.
  public func clear() {
    guard isShown, drawn > 0 else { return }
    let bytes = Array("\r\u{1B}[K".utf8)
    _ = write(2, bytes, bytes.count)
  }

  /// `3.4 steps/s`, or `2.5 s a step` where it is less than one a second.
  public static func pace(_ rate: Double, _ unit: String) -> String {
    guard rate < 1 else { return "\(short(rate)) \(unit)/s" }
    return "\(short(1 / max(rate, 1e-9))) s a \(unit.hasSuffix("s") ? String(unit.dropLast()) : unit)"
  }

  private static func short(_ rate: Double) -> String {
    rate < 10 ? "\((rate * 10).rounded() / 10)" : "\(Int(min(rate, 1e15).rounded()))"
  }

  /// Seconds as `12 days`, `1:02:03` or `2:03`.
  public static func clock(_ time: Double) -> String {
    let seconds = Int(min(max(time, 0), 1e12).rounded(.up))
    guard seconds < 3 * 86_400 else { return "\(seconds / 86_400) days" }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
  }
}
