/// Results that several threads fill, each its own places.
final class Gathered<Element>: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<Element?>

  init(count: Int) {
    storage = .allocate(capacity: count)
    storage.initialize(repeating: nil)
  }

  // SAFETY: every index is written by one thread only, and read after all are done.
  func set(_ index: Int, _ result: Element) { storage[index] = result }
  var all: UnsafeMutableBufferPointer<Element?> { storage }

  deinit {
    storage.deinitialize()
    storage.deallocate()
  }
}
