import FermFiles
import FermToolSupport

/// What `--frames` and the options that go with it ask for.
struct FrameWish: Sendable {
  /// `-` for standard input.
  let input: FilePath
  /// Frames a second; nil for what the stream says.
  let rate: FrameRate?
  /// Each frame whose number is a multiple of this is looked at.
  let every: Int
  /// The time constant of smoothed probabilities in seconds; nil for none.
  let smoothing: Double?
  /// Whether frames are left out rather than looked at late.
  let isLive: Bool
  /// The drawing of emotions over time.
  let strip: FilePath?

  /// Options that mean nothing without `--frames`.
  static let values = ["--rate", "--every", "--smooth", "--strip"]
  static let flags = ["--live"]
  /// Options about pictures that are files, or about what is written of each.
  private static let foreign = ["--boxes", "--annotate", "--sheet", "--dump-input", "--embedding", "--top-k"]
  private static let foreignFlags = ["-0", "--no-recursive"]

  /// What the command line says of frames; nil without `--frames`.
  init?(_ arguments: Arguments) throws(UsageError) {
    guard let input = arguments.path("--frames") else {
      if let other = Self.given(arguments, Self.values, Self.flags) {
        throw UsageError("\(other) goes with --frames alone.")
      }
      return nil
    }
    if let other = Self.given(arguments, Self.foreign, Self.foreignFlags) {
      throw UsageError("\(other) does not go with --frames.")
    }
    guard arguments.paths.count == 1 else {
      throw UsageError(
        arguments.paths.isEmpty
          ? "A model is needed."
          : "--frames names the input, so \(arguments.paths[1].printable) is one too many.")
    }
    self.input = input
    let rate = arguments.string("--rate")
    self.rate = rate.flatMap { FrameRate($0) }
    guard rate == nil || self.rate != nil else {
      throw UsageError("--rate takes frames a second, such as 25, 29.97 or 30000/1001, not \(rate ?? "").")
    }
    every = try arguments.integer("--every", in: 1...1_000_000) ?? 1
    smoothing = try arguments.number("--smooth", in: 0.001...3600)
    isLive = arguments.has("--live")
    strip = arguments.path("--strip")
    if let strip, !strip.text.lowercased().hasSuffix(".svg") {
      throw UsageError("\(strip.printable): --strip draws an SVG; let its name end in .svg.")
    }
  }

  private static func given(_ arguments: Arguments, _ values: [String], _ flags: [String]) -> String? {
    values.first { arguments.path($0) != nil } ?? flags.first { arguments.has($0) }
  }
}
