import FermFiles
import FermToolSupport
import Foundation
import Glibc
import Synchronization

/// Tells people a line, or several, on standard error; a run keeps it in its log. Of several processes the first one speaks.
///
/// - Parameter quietly: for the log alone.
func narrate(_ text: String, quietly: Bool) {
  guard Launcher.isFirst else { return }
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let line = String(line).printable
    if !quietly { FermToolSupport.narrate(line) }
    RunLog.add(line)
  }
}

/// Tells people a line, or several, on standard error; a run keeps it in its log.
func narrate(_ text: String) { narrate(text, quietly: false) }

/// RUN/log.txt: what was said in a run, and in those that went on with it. It only ever grows.
enum RunLog {
  private struct State: Sendable {
    /// What was said before there was a file.
    var waiting: [String] = []
    var file: Int32?
  }

  private static let state = Mutex(State())

  /// Adds a line.
  static func add(_ line: String) {
    state.withLock { state in
      guard let file = state.file else {
        // Far more than anybody says before a run begins.
        if state.waiting.count < 10_000 { state.waiting.append(line) }
        return
      }
      put(line, file)
    }
  }

  /// Begins the file, with the date and what was said so far. A run that has none goes on all the same.
  static func open(_ folder: String) {
    let path = "\(folder)/log.txt"
    let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard file >= 0 else {
      FermToolSupport.narrate("\(path.printable): no log is kept: \(systemReason(errno)).")
      return
    }
    // Where standard error goes to the same file, it has all of it already.
    guard !isStandardError(file) else { return }
    state.withLock { state in
      state.file = file
      put("\(Date().ISO8601Format())  fer-train \(toolVersion), process \(getpid())", file)
      for line in state.waiting { put(line, file) }
      state.waiting = []
    }
  }

  /// Ends the file, so that another run may begin one.
  static func close() {
    state.withLock { state in
      if let file = state.file { Glibc.close(file) }
      state = State()
    }
  }

  private static func isStandardError(_ file: Int32) -> Bool {
    var (own, other) = (stat(), stat())
    return fstat(file, &own) == 0 && fstat(2, &other) == 0 && own.st_ino == other.st_ino
      && own.st_dev == other.st_dev
  }

  /// A log that cannot be written must not end a run; the checkpoint that follows tells of a full disk.
  private static func put(_ line: String, _ file: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(file, bytes, bytes.count)
  }
}
