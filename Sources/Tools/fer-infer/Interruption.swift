import FermToolSupport
import Glibc

/// Turns the first Ctrl-C into a request to end well, and the second into the end.
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
    for signal in [SIGINT, SIGTERM] { sigaddset(&set, signal) }
    // Blocked in every thread that starts later, so that only the one below gets them.
    pthread_sigmask(SIG_BLOCK, &set, nil)
    startThread { [set] in
      var set = set
      while true {
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        let isFirst = self.lock.locked {
          defer { self.number = number }
          return self.number == nil
        }
        guard isFirst else { _exit(128 + number) }
        self.lock.locked { self.action }?()
      }
    }
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
