internal import FermFormat
internal import FermKernels
public import FermRuntime

/// Records what is computed, so that gradients can be found by going back over it.
///
/// ```swift
/// let network = SmallVGG(classes: 7, width: 1, seed: 1)
/// let tape = Tape(.training, workers: try Workers(), seed: 1)
/// let faces = tape.input(Tensor(zeros: Shape(16, 1, 44, 44)))
/// let loss = network(faces).crossEntropy([Int](repeating: 3, count: 16))
/// tape.backward(from: loss)
/// let gradients = network.parameters.compactMap { $0.gradient }
/// ```
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

  /// An operator's share of a pass, as ``observer`` is told of it.
  public struct Record: Sendable {
    /// The operator: `convolution`.
    public let name: String
    /// The shape of its result, the batch first.
    public let output: String
    /// Whether it was gone through backwards.
    public let isBackward: Bool
  }

  /// What the pass is for.
  public let mode: Mode
  /// The threads that share the work.
  public let workers: Workers
  private let pool: BufferPool
  let seed: UInt64
  /// Whether batch norm moves its running statistics towards the batch's, by which it normalises either way.
  public let movesStatistics: Bool
  /// The loops of the fast engine; nil for the plain one.
  let kernels: KernelTable?
  /// What the fast engine multiplies.
  let precision: TrainingPrecision
  /// The same loops by what they multiply in that precision.
  var multiplying: KernelTable? { precision == .bf16 ? kernels?.narrow : kernels }
  /// The results that a gradient may come back to, in the order in which they were made. Each holds its way back and with it
  /// the values it was made from, and all of them hold the tape: a tape that held them would never go.
  private var results: [WeakVariable] = []
  var tracer = Tracer()
  private var draws: UInt64 = 0
  /// Told of each parameter as soon as all that used it have gone back: its gradient is whole then.
  var gradientIsWhole: ((Parameter) -> Void)?
  /// How many operators, of those that have not gone back, use each parameter.
  private var uses: [ObjectIdentifier: Int] = [:]
  /// Whether threads share work on the tape at this moment.
  var isSharing = false
  /// Told of each operator as soon as it is done, forward and backward. What is computed together is done with the last of
  /// it: normalisation and ReLU with the pool or the convolution that follows.
  public var observer: ((Record) -> Void)?

  /// Starts a pass.
  ///
  /// - Parameters:
  ///   - seed: fixes dropout; give each step its own.
  ///   - pool: where results take their memory from; a pool that serves one pass after the other spares asking the system.
  ///   - engine: how training computes; the other passes are plain.
  ///   - precision: what the fast engine multiplies; fp32 where the processor lacks what it takes.
  ///   - movesStatistics: whether batch norm in training moves its running statistics towards the batch's. A step that goes
  ///     over the same batch twice moves them in one of the passes; both normalise by the batch's.
  public convenience init(
    _ mode: Mode, workers: Workers, pool: BufferPool = BufferPool(), seed: UInt64 = 0, engine: Engine = .fast,
    precision: TrainingPrecision = .fp32, movesStatistics: Bool = true
  ) {
    self.init(
      mode, workers: workers, pool: pool, seed: seed, kernels: engine == .fast ? KernelTable.chosen : nil,
      precision: precision, movesStatistics: movesStatistics)
  }

  init(
    _ mode: Mode, workers: Workers, pool: BufferPool, seed: UInt64, kernels: KernelTable?,
    precision: TrainingPrecision = .fp32, movesStatistics: Bool = true
  ) {
    self.mode = mode
    self.workers = workers
    self.pool = pool
    self.seed = seed
    self.kernels = mode == .training ? kernels : nil
    self.precision = kernels?.narrow == nil ? .fp32 : precision
    self.movesStatistics = movesStatistics && mode == .training
    MatrixProduct.prepare()
  }

  /// A value that the pass starts from, such as a batch `[N, C, H, W]`.
  public func input(_ value: Tensor, needsGradient: Bool = false) -> Variable {
    Variable(.tensor(value), tape: self, needsGradient: needsGradient && mode == .training, traced: 0)
  }

  /// Fills the gradient of every parameter and variable that `loss` depends on.
  ///
  /// - Parameter gradient: the gradient of what is differentiated with respect to `loss`; ones by default.
  public func backward(from loss: Variable, gradient: Tensor? = nil) {
    loss.gradient =
      gradient ?? Tensor([Float](repeating: 1, count: loss.shape.count), shape: loss.shape)
    // Each result goes as soon as its step is done, and with it the values that only it held.
    var kept = results.compactMap { $0.variable }
    results = []
    while let result = kept.popLast() { result.goBack() }
  }

  /// Makes an operator's result and remembers how to go back.
  ///
  /// - Parameters:
  ///   - parameters: those whose gradients `backward` adds to.
  ///   - trace: the operator as a graph holds it; nil for one that does nothing outside training.
  ///   - backward: gets the result's gradient, and adds to the gradients of inputs and parameters.
  func record(
    _ value: Tensor, from inputs: [Variable], _ parameters: [Parameter?] = [], needsGradient: Bool = true,
    name: String = #function, trace: (inout Tracer) -> Operator?, backward: @escaping (Tensor) -> Void
  ) -> Variable {
    record(
      .tensor(value), from: inputs, parameters, needsGradient: needsGradient, name: name, trace: trace,
      backward: { result, gradient in backward(result.tensor(gradient)) })
  }

  /// The same for results and gradients in any layout.
  ///
  /// - Parameters:
  ///   - trace: as above; maps only come up in training, where nothing is written down.
  ///   - backward: gets the result, which it must not keep, and its gradient.
  func record(
    _ content: Variable.Content, from inputs: [Variable], _ parameters: [Parameter?] = [],
    needsGradient: Bool = true,
    name: String = #function, trace: (inout Tracer) -> Operator? = { _ in nil },
    backward: @escaping (Variable, Variable.Contribution) -> Void
  ) -> Variable {
    var traced = inputs[0].traced
    if mode == .tracing, let operation = trace(&tracer) {
      traced = tracer.add(operation, inputs: inputs.map { $0.traced })
    }
    let needsGradient = needsGradient || inputs.contains { $0.needsGradient }
    let result = Variable(
      content, tape: self, needsGradient: mode == .training && needsGradient, traced: traced)
    if result.needsGradient {
      let parameters = parameters.compactMap { $0 }
      for parameter in parameters { uses[ObjectIdentifier(parameter), default: 0] += 1 }
      result.wayBack = { result in
        // The gradient is taken before it is passed on, to reuse its memory.
        if let gradient = result.takeGradient() { backward(result, gradient) }
        result.tape.release(parameters)
        result.tape.report(name, result.shape, isBackward: true)
      }
      results.append(WeakVariable(variable: result))
    }
    report(name, result.shape, isBackward: false)
    return result
  }

  /// Counts an operator that has gone back among those that used its parameters.
  private func release(_ parameters: [Parameter]) {
    for parameter in parameters {
      let left = uses[ObjectIdentifier(parameter), default: 1] - 1
      uses[ObjectIdentifier(parameter)] = left
      if left == 0 { gradientIsWhole?(parameter) }
    }
  }

  private struct WeakVariable {
    weak var variable: Variable?
  }

  /// Tells the observer of an operator: its name, or the function that it is.
  private func report(_ name: String, _ output: Shape, isBackward: Bool) {
    guard let observer else { return }
    // A function is called `relu()`.
    observer(
      Record(name: String(name.prefix { $0 != "(" }), output: output.description, isBackward: isBackward))
  }

  /// The pool for results; nil in the midst of shared work, which takes memory of its own: the pool belongs to the tape's
  /// thread.
  var idlePool: BufferPool? { isSharing ? nil : pool }

  /// A seed for one use of randomness in this pass.
  func nextSeed() -> UInt64 {
    draws += 1
    return RandomNumbers.mix(seed &+ draws &* 0x9E37_79B9_7F4A_7C15)
  }
}
