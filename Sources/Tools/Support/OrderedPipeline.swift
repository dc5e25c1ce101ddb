/// Several threads that transform what a source gives, and one reader that gets the results in the source's order.
///
/// Threads take from the source themselves, one at a time, and only while less than `capacity` is on its way: a slow reader
/// holds up the source, and memory does not grow with the number of inputs.
public final class OrderedPipeline<Input: Sendable, Output: Sendable>: @unchecked Sendable {
  /// What the reader finds.
  public enum Event {
    /// The next result.
    case output(Output)
    /// Nothing came within the time.
    case nothingYet
    /// There will be no more.
    case end
  }

  private let capacity: Int
  private let source: () -> (input: Input, weight: Int)?
  private let transform: @Sendable (Input) -> Output

  /// Held while one thread is in the source.
  private let sourceLock = Lock()
  private let lock = Lock()
  private let isReady: Lock.Condition
  private let hasRoom: Lock.Condition
  // All below is guarded by `lock`.
  private var slots: [(output: Output?, weight: Int)]
  /// Inputs taken so far, and outputs given.
  private var (taken, given) = (0, 0)
  private var weight = 0
  private var isExhausted = false

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - capacity: the weight of inputs on their way at which no more are taken.
  ///   - source: the next input and its weight, at least 1; nil at the end. Called by one thread at a time.
  ///   - transform: called by many threads at once.
  public init(
    threads: Int, capacity: Int, source: @escaping () -> (input: Input, weight: Int)?,
    transform: @escaping @Sendable (Input) -> Output
  ) {
    self.capacity = capacity
    self.source = source
    self.transform = transform
    isReady = Lock.Condition(lock)
    hasRoom = Lock.Condition(lock)
    slots = Array(repeating: (nil, 0), count: capacity)
    // The reader, which uses the results, goes first; these threads work when it waits.
    for _ in 0..<threads { startThread(niceness: 10) { self.work() } }
  }

  /// Takes no more from the source; what is on its way still comes out.
  public func stop() {
    lock.locked {
      isExhausted = true
      isReady.signal()
      hasRoom.broadcast()
    }
  }

  /// The next result in order.
  ///
  /// - Parameter seconds: how long to wait for it; nil for as long as it takes.
  public func next(waiting seconds: Double?) -> Event {
    lock.locked {
      while true {
        let slot = given % capacity
        if let output = slots[slot].output {
          weight -= slots[slot].weight
          slots[slot].output = nil
          given += 1
          hasRoom.signal()
          return .output(output)
        }
        if isExhausted && given == taken { return .end }
        if let seconds {
          if !isReady.wait(seconds: seconds), slots[slot].output == nil { return .nothingYet }
        } else {
          isReady.wait()
        }
      }
    }
  }

  private func work() {
    while let (input, place) = take() {
      let output = transform(input)
      lock.locked {
        slots[place % capacity].output = output
        if place == given { isReady.signal() }
      }
    }
  }

  private func take() -> (Input, place: Int)? {
    sourceLock.locked {
      let goesOn = lock.locked {
        while weight >= capacity && !isExhausted { hasRoom.wait() }
        return !isExhausted
      }
      guard goesOn else { return nil }
      let next = source()
      return lock.locked {
        guard let next, !isExhausted else {
          isExhausted = true
          isReady.signal()
          return nil
        }
        slots[taken % capacity].weight = next.weight
        weight += next.weight
        taken += 1
        return (next.input, taken - 1)
      }
    }
  }
}
