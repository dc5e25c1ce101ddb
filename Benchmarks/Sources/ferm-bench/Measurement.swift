import FermToolSupport
import Foundation

/// Times of a body: repeated after a warm-up, as nanoseconds never repeat.
struct Measurement {
  /// Seconds of each repeat, ascending.
  let seconds: [Double]

  /// Runs `body` until a third of a second has gone by, then `repeats` times.
  ///
  /// A repeat is as many calls as take 20 ms, so that short ones are not lost in the clock.
  init(repeats: Int, _ body: () throws -> Void) rethrows {
    let start = Self.now()
    var calls = 0
    repeat {
      try body()
      calls += 1
    } while Self.now() - start < 0.3 || calls < 2
    let calling = max(1, Int(0.02 / ((Self.now() - start) / Double(calls))))
    var seconds: [Double] = []
    for _ in 0..<repeats {
      let start = Self.now()
      for _ in 0..<calling { try body() }
      seconds.append((Self.now() - start) / Double(calling))
    }
    self.seconds = seconds.sorted()
  }

  /// The middle one.
  var median: Double { seconds[seconds.count / 2] }

  /// A clock that only goes forward, in seconds.
  static func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  /// The most memory that this process has had so far, in MB (2^20 bytes).
  static func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }
}

extension Measurement {
  /// A line of the system's account of this process, in MB (10^6 bytes).
  static func memory(_ name: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
    return 1024 * (line.split(separator: " ").compactMap { Double($0) }.first ?? 0) / 1e6
  }
}

/// Prints one figure.
func emit(_ members: (String, JSONValue)...) {
  print(JSONValue.object(members.map { JSONValue.Member($0.0, $0.1) }).rendered())
  fflush(nil)
}

/// Four significant digits; the rest is noise.
func rounded(_ value: Double) -> JSONValue {
  guard value.isFinite, value != 0 else { return .double(value) }
  let unit = pow(10, (3 - log10(abs(value)).rounded(.down)))
  return .double((value * unit).rounded() / unit)
}
