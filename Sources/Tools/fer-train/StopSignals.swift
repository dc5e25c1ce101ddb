import Foundation
import Synchronization

/// Turns SIGTERM, SIGHUP and Ctrl-C into a wish to stop; a second one ends the program at once.
final class StopSignals {
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  private let flag = Flag()
  private var sources: [any DispatchSourceSignal] = []

  /// Listens for as long as the object lives.
  init() {
    let queue = DispatchQueue(label: "signals")
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [flag] in
        if flag.isSet.exchange(true, ordering: .relaxed) { _exit(128 + number) }
      }
      source.resume()
      sources.append(source)
    }
  }

  /// Whether the run should stop.
  var wantsStop: Bool { flag.isSet.load(ordering: .relaxed) }
}
