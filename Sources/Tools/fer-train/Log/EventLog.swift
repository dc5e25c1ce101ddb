import FermFiles
import FermToolSupport
import FermTrain
import Glibc

/// `--log jsonl`: what a run goes through, for programs: one JSON object a line on standard output, written at once.
///
/// docs/live.md describes the events. A reader that has gone, or a full disk, ends the log and not the run.
final class EventLog {
  private var isOpen = true

  /// Writes an event: its name, then its fields.
  func write(_ event: String, _ fields: [(String, JSONValue)]) {
    guard isOpen else { return }
    let members = ([("event", .string(event))] + fields).map { JSONValue.Member($0.0, $0.1) }
    var line = Array((JSONValue.object(members).rendered() + "\n").utf8)[...]
    while !line.isEmpty {
      let written = line.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
      if written >= 0 {
        line = line.dropFirst(written)
      } else if errno == EAGAIN {
        var ready = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if errno != EINTR {
        isOpen = false
        let reason = systemReason(errno)
        return narrate("standard output: the log of events ends here: \(reason); the run goes on")
      }
    }
  }
}
