import Glibc
import Synchronization

/// Turns SIGTERM, SIGHUP and Ctrl-C into a wish to stop.
///
/// A signal that was ignored when the program began stays ignored: `nohup` and a script's background want it so. The first
/// signal is a wish; one that comes within two seconds is taken for the same, since `timeout` sends two; a later one ends the
/// program at once.
enum StopSignals {
  /// What is going on when a signal comes, and has to be done before the end.
  enum Moment: Int, Sendable {
    case loading
    case step
    case ending
    case sweep

    fileprivate var answer: StaticString {
      switch self {
      case .loading: "stopping before the first step\n"
      case .step: "stopping after this step\n"
      case .ending: "the run is being finished\n"
      case .sweep: "stopping the runs under way\n"
      }
    }
  }

  private static let first = Atomic<Int>(0)
  private static let current = Atomic<Int>(0)

  /// Whether the run should stop.
  static var wantsStop: Bool { first.load(ordering: .relaxed) != 0 }

  /// What a signal would be answered with now.
  static var moment: Moment {
    get { Moment(rawValue: current.load(ordering: .relaxed)) ?? .loading }
    set { current.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// Listens from here on.
  static func listen() {
    // Nothing may be made for the first time within a handler.
    _ = (wantsStop, moment, now, Launcher.isFirst)
    for number in [SIGTERM, SIGINT, SIGHUP] {
      var action = sigaction()
      guard sigaction(number, nil, &action) == 0 else { continue }
      let isIgnored =
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
      if !isIgnored { signal(number) { StopSignals.answer($0) } }
    }
  }

  /// Runs within a signal handler: no memory, no locks.
  private static func answer(_ number: Int32) {
    let saved = errno
    let time = now
    let (isFirst, before) = first.compareExchange(expected: 0, desired: time, ordering: .relaxed)
    if isFirst {
      tell(moment.answer)
    } else if time - before > 2_000_000_000 {
      _exit(128 + number)
    }
    errno = saved
  }

  /// Of several processes that are told to stop the first one says so.
  private static func tell(_ text: StaticString) {
    guard Launcher.isFirst else { return }
    // SAFETY: a static string has as many bytes as it says.
    if isatty(2) == 1 { _ = write(2, "\r\u{1B}[K", 4) }
    _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Nanoseconds on a clock that only goes forward.
  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
