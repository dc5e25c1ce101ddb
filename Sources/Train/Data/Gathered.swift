/// Results that several threads fill, each its own places.
// Sendable unchecked: threads share it, but no two of them a place.
@safe final class Gathered<Element>: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<Element?>

  /// Makes `count` empty places.
  init(count: Int) {
    unsafe storage = .allocate(capacity: count)
    unsafe storage.initialize(repeating: nil)
  }

  /// Fills a place, which no other thread fills or reads meanwhile.
  func set(_ index: Int, _ result: Element) {
    precondition(unsafe storage.indices.contains(index))
    // SAFETY: the place is the calling thread's alone.
    unsafe storage[index] = result
  }

  /// All places, once every thread is done.
  var all: [Element?] { withExtendedLifetime(self) { unsafe Array(storage) } }

  deinit {
    unsafe storage.deinitialize()
    unsafe storage.deallocate()
  }
}
