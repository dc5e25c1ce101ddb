/// Several threads that transform what a source gives, and one reader that gets the results in the source's order.
///
/// Threads take from the source themselves, one at a time, and only while less than `capacity` is on its way: a slow reader
/// holds up the source, and memory does not grow with the number of inputs. A result may be one part of several: the next is
/// made when the reader has taken this one, so that no input, however much comes of it, is in memory whole.
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

  /// What comes of an input.
  public struct Result {
    let output: Output
    let weight: Int
    let rest: Input?

    /// - Parameters:
    ///   - weight: of the output, at least 1.
    ///   - rest: what is still to be transformed of the input; its result comes next.
    public init(_ output: Output, weight: Int, rest: Input? = nil) {
      (self.output, self.weight, self.rest) = (output, weight, rest)
    }
  }

  /// A place in the reader's order.
  private struct Slot {
    var result: Result?
    var weight = 0
  }

  private let capacity: Int
  private let source: () -> (input: Input, weight: Int)?
  private let transform: @Sendable (Input) -> Result

  private let lock = Lock()
  private let isReady: Lock.Condition
  private let hasWork: Lock.Condition
  // All below is guarded by `lock`.
  private var slots: [Slot]
  /// Inputs taken so far, and those whose results were given.
  private var (taken, given) = (0, 0)
  private var weight = 0
  /// Whether a thread is in the source.
  private var isTaking = false
  private var isExhausted = false
  /// What is left of the input whose turn it is.
  private var rest: Input?

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - capacity: the weight on its way at which no more is taken. One result for each thread may go beyond it.
  ///   - source: the next input and the least weight of its result, at least 1; nil at the end. Called by one thread at a time.
  ///   - transform: called by many threads at once.
  public init(
    threads: Int, capacity: Int, source: @escaping () -> (input: Input, weight: Int)?,
    transform: @escaping @Sendable (Input) -> Result
  ) {
    self.capacity = capacity
    self.source = source
    self.transform = transform
    isReady = Lock.Condition(lock)
    hasWork = Lock.Condition(lock)
    // Everything on its way weighs 1 at least.
    slots = Array(repeating: Slot(), count: capacity)
    // The reader, which uses the results, goes first; these threads work when it waits.
    for _ in 0..<threads { startThread(niceness: 10) { self.work() } }
  }

  /// Takes no more from the source; what is on its way still comes out.
  public func stop() {
    lock.locked {
      isExhausted = true
      isReady.signal()
      hasWork.broadcast()
    }
  }

  /// The next result in order.
  ///
  /// - Parameter seconds: how long to wait for it; nil for as long as it takes.
  public func next(waiting seconds: Double?) -> Event {
    lock.locked {
      while true {
        if let output = takeResult() { return .output(output) }
        if isExhausted && given == taken { return .end }
        if let seconds {
          if !isReady.wait(seconds: seconds), slots[given % capacity].result == nil { return .nothingYet }
        } else {
          isReady.wait()
        }
      }
    }
  }

  /// The result whose turn it is, if it is there.
  private func takeResult() -> Output? {
    let place = given % capacity
    guard let result = slots[place].result else { return nil }
    slots[place].result = nil
    rest = result.rest
    weigh(place, rest == nil ? 0 : 1)
    if rest == nil { given += 1 }
    // Threads that find nothing more to do end.
    if isExhausted { hasWork.broadcast() } else { hasWork.signal() }
    return result.output
  }

  private func weigh(_ place: Int, _ weight: Int) {
    self.weight += weight - slots[place].weight
    slots[place].weight = weight
  }

  private func work() {
    while let (input, place) = take() {
      let result = transform(input)
      lock.locked {
        weigh(place % capacity, max(result.weight, 1))
        slots[place % capacity].result = result
        if place == given { isReady.signal() }
      }
    }
  }

  /// The next thing to do: what was begun goes before what is new. nil when there will be nothing more.
  private func take() -> (Input, place: Int)? {
    while true {
      let begun = lock.locked { () -> (Input, place: Int)?? in
        while true {
          if let rest {
            self.rest = nil
            return (rest, given)
          }
          if isExhausted && given == taken { return .some(nil) }
          if !isExhausted && !isTaking && weight < capacity {
            isTaking = true
            return nil
          }
          hasWork.wait()
        }
      }
      if let begun { return begun }
      let next = source()
      let new = lock.locked { () -> (Input, place: Int)? in
        isTaking = false
        guard let next, !isExhausted else {
          isExhausted = true
          isReady.signal()
          hasWork.broadcast()
          return nil
        }
        hasWork.signal()
        weigh(taken % capacity, next.weight)
        taken += 1
        return (next.input, taken - 1)
      }
      if let new { return new }
    }
  }
}
