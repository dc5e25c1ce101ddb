import FermToolSupport
import Glibc

/// Turns the first Ctrl-C, SIGTERM or SIGHUP into a request to end well, and a later one into the end.
///
/// A signal that was ignored when the program began stays ignored: `nohup` and a script's background want it so. One that
/// comes within two seconds of the first is taken for the same, since `timeout` sends two.
final class Interruption: @unchecked Sendable {
  private let lock = Lock()
  private var number: Int32?
  private var action: (() -> Void)?

  /// The signal that came; nil when none did.
  var signal: Int32? { lock.locked { number } }

  /// Takes the signals over from here on; must be made before any other thread is.
  init() {
    var set = sigset_t()
    sigemptyset(&set)
    let signals = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
    guard !signals.isEmpty else { return }
    for signal in signals { sigaddset(&set, signal) }
    // Blocked in every thread that starts later, so that only the one below gets them.
    pthread_sigmask(SIG_BLOCK, &set, nil)
    startThread { [set] in
      var set = set
      var first = 0.0
      while true {
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        let isFirst = self.lock.locked {
          guard self.number == nil else { return false }
          self.number = number
          return true
        }
        if isFirst {
          first = ProgressLine.now
        } else if ProgressLine.now - first > 2 {
          _exit(128 + number)
        }
        guard isFirst else { continue }
        self.lock.locked { self.action }?()
      }
    }
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Sets what the first signal does.
  func onSignal(_ action: @escaping () -> Void) {
    let isLate = lock.locked {
      self.action = action
      return number != nil
    }
    if isLate { action() }
  }
}
