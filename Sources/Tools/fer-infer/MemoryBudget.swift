import FermToolSupport

/// Lets threads hold only so many bytes of large pictures at once; the others wait their turn.
final class MemoryBudget: @unchecked Sendable {
  private let limit: Int
  private let lock = Lock()
  private let hasRoom: Lock.Condition
  private var used = 0

  /// Pictures below this size are not counted.
  private static let small = 4 << 20

  init(bytes: Int) {
    limit = bytes
    hasRoom = Lock.Condition(lock)
  }

  /// Waits until the bytes are free, and takes them; a request for more than the whole budget waits until it is alone.
  func take(_ bytes: Int) {
    guard bytes > Self.small else { return }
    lock.locked {
      while used > 0 && used + bytes > limit { hasRoom.wait() }
      used += bytes
    }
  }

  /// Gives back what was taken.
  func give(_ bytes: Int) {
    guard bytes > Self.small else { return }
    lock.locked {
      used -= bytes
      hasRoom.broadcast()
    }
  }
}
