internal import FermFormat
public import FermRuntime

/// Records what is computed, so that gradients can be found by going back over it.
///
/// One tape serves one forward pass and at most one backward pass. All sums are taken in a fixed order: the bits do not
/// depend on the number of threads.
public final class Tape {
  /// What the pass is for.
  public enum Mode: Sendable {
    /// Batch statistics, dropout, and a record for the backward pass.
    case training
    /// Running statistics and no record.
    case evaluation
    /// Like evaluation, and the operators are written down as a graph.
    case tracing
  }

  /// What the pass is for.
  public let mode: Mode
  /// The threads that share the work.
  public let workers: Workers
  let pool: BufferPool
  let seed: UInt64
  private var steps: [() -> Void] = []
  /// The result of each step; a step must not hold its own result, or neither would ever go.
  private var kept: [Variable] = []
  var tracer = Tracer()
  private var draws: UInt64 = 0

  /// Starts a pass.
  ///
  /// - Parameter seed: fixes dropout; give each step its own.
  public init(_ mode: Mode, workers: Workers, pool: BufferPool = BufferPool(), seed: UInt64 = 0) {
    self.mode = mode
    self.workers = workers
    self.pool = pool
    self.seed = seed
    MatrixProduct.useOneThread()
  }

  /// A value that the pass starts from, such as a batch `[N, C, H, W]`.
  public func input(_ value: Tensor, needsGradient: Bool = false) -> Variable {
    Variable(value, tape: self, needsGradient: needsGradient && mode == .training, traced: 0)
  }

  /// Fills the gradient of every parameter and variable that `loss` depends on.
  ///
  /// - Parameter gradient: the gradient of what is differentiated with respect to `loss`; ones by default.
  public func backward(from loss: Variable, gradient: Tensor? = nil) {
    loss.gradient =
      gradient ?? Tensor([Float](repeating: 1, count: loss.value.count), shape: loss.value.shape)
    // Each step goes as soon as it is done, and with it the values that only it held.
    while let step = steps.popLast() {
      step()
      kept.removeLast()
    }
  }

  /// Makes an operator's result and remembers how to go back.
  ///
  /// - Parameters:
  ///   - trace: the operator as a graph holds it; nil for one that does nothing outside training.
  ///   - backward: gets the result's gradient, and adds to the gradients of inputs and parameters.
  func record(
    _ value: Tensor, from input: Variable, _ second: Variable? = nil, needsGradient: Bool = true,
    trace: (inout Tracer) -> Operator?, backward: @escaping (Tensor) -> Void
  ) -> Variable {
    var traced = input.traced
    if mode == .tracing, let operation = trace(&tracer) {
      traced = tracer.add(operation, inputs: [input.traced] + (second.map { [$0.traced] } ?? []))
    }
    let reaches = needsGradient || input.needsGradient || second?.needsGradient == true
    let result = Variable(
      value, tape: self, needsGradient: mode == .training && reaches, traced: traced)
    if result.needsGradient {
      steps.append { [unowned result] in
        // The gradient is dropped as soon as it has been passed on, to reuse its memory.
        if let gradient = result.gradient { backward(gradient) }
        result.gradient = nil
      }
      kept.append(result)
    }
    return result
  }

  func tensor(_ shape: Shape) -> Tensor { Tensor(unfilled: shape, pool: pool) }

  /// A seed for one use of randomness in this pass.
  func nextSeed() -> UInt64 {
    draws += 1
    return RandomNumbers.mix(seed &+ draws &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Calls `body` with consecutive ranges that cover `count`; their bounds do not depend on the threads.
  func share(_ count: Int, pieces: Int = 16, _ body: (Range<Int>) -> Void) {
    let pieces = max(1, min(pieces, count))
    workers.forEach(pieces) { body((count * $0 / pieces)..<(count * ($0 + 1) / pieces)) }
  }
}
