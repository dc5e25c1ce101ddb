import FermFiles
import FermToolSupport

/// A thread that reads a stream, and the few frames that wait for one that has time for them.
///
/// Who takes frames holds up the thread, and so the stream; of a live one, which does not wait, the oldest frame that waits gives
/// way to the newest.
final class FrameFeed: @unchecked Sendable {
  private let isLive: Bool
  private let lock = Lock()
  private let changed: Lock.Condition
  // All below is guarded by `lock`.
  private var waiting: [Work] = []
  private var hasEnded = false
  private var ended = Ending()

  /// What is known when the stream has ended, or so far.
  struct Ending {
    /// Frames of the stream, and those that had to give way.
    var count = 0
    var dropped = 0
    var duration: FrameTime?
    var notes: [String] = []
    /// Why there is no more, though the stream has not ended.
    var failure: FileError?
    /// Processor time of the thread.
    var seconds = 0.0
  }

  /// Frames that wait, at most; a live stream's newest one alone, so that nothing is late.
  private static let room = 4
  /// Bytes of frames that wait: one frame may be larger.
  private static let mostBytes = 64 << 20

  /// Begins to read.
  init(_ wish: FrameWish, pixelLimit: Int) {
    isLive = wish.isLive
    changed = Lock.Condition(lock)
    startThread {
      let stream = FrameStream(wish, pixelLimit: pixelLimit)
      var goesOn = true
      while goesOn {
        let next = Result { () throws(FileError) in try stream.next() }
        goesOn = self.take(next, stream)
      }
    }
  }

  /// What is known so far.
  var ending: Ending { lock.locked { ended } }

  /// The next frame; waits for it. nil when there is none, or after ``stop()``.
  func next() -> Work? {
    lock.locked {
      while waiting.isEmpty && !hasEnded { changed.wait() }
      guard !waiting.isEmpty else { return nil }
      defer { changed.broadcast() }
      return waiting.removeFirst()
    }
  }

  /// Gives no more frames.
  func stop() {
    lock.locked {
      hasEnded = true
      waiting = []
      changed.broadcast()
    }
  }

  /// Puts a frame behind those that wait; false when no more are wanted.
  private func take(_ next: Result<Work?, FileError>, _ stream: FrameStream) -> Bool {
    lock.locked {
      ended.seconds = threadSeconds()
      (ended.count, ended.duration, ended.notes) = (stream.count, stream.duration, stream.notes)
      guard case .success(let found) = next, let work = found else {
        if case .failure(let error) = next { ended.failure = error }
        hasEnded = true
        changed.broadcast()
        return false
      }
      if isLive, !waiting.isEmpty {
        waiting.removeFirst()
        ended.dropped += 1
      }
      while !hasEnded, !hasRoom(for: work) { changed.wait() }
      guard !hasEnded else { return false }
      waiting.append(work)
      changed.broadcast()
      return true
    }
  }

  private func hasRoom(for work: Work) -> Bool {
    waiting.isEmpty
      || waiting.count < Self.room
        && waiting.reduce(work.heldBytes) { $0 + $1.heldBytes } <= Self.mostBytes
  }
}

extension Work {
  /// Bytes of a picture that was read already.
  fileprivate var heldBytes: Int { (planes?.bytes.count ?? 0) + ((try? content?.get().count) ?? 0) }
}
