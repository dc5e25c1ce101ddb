public import FermFormat
internal import FermKernels

/// One thread's way to run a plan: it owns the memory of a run and the threads that share it.
///
/// A session belongs to one thread at a time; make one for each thread that predicts. Within a session an image's result
/// depends neither on the number of threads nor on what else is in the batch; sessions of one `maxBatch` agree in every bit.
public final class Session {
  /// No session takes more images at once.
  public static let largestBatch = 4096

  /// The plan that the session runs.
  public let plan: Plan
  /// The most images that run at once; longer inputs run in pieces of this size.
  public let maxBatch: Int
  /// The threads that share a run, the caller's among them.
  public var threads: Int { arena.workers.count }
  /// Told the number of each of ``Plan/operations`` as soon as it is done; for profiles.
  public var observer: ((Int) -> Void)?
  private let arena: Arena
  private let preprocessor: Preprocessor

  private let steps: [PreparedStep]

  /// Takes the memory for runs of up to `maxBatch` images, and chooses how to compute each layer for runs of that size.
  ///
  /// - Parameter threads: 0 for as many as this process may use processors.
  public init(_ plan: Plan, maxBatch: Int = 64, threads: Int = 0) throws(FormatError) {
    self.plan = plan
    let maxBatch = max(1, min(maxBatch, Self.largestBatch))
    self.maxBatch = maxBatch
    preprocessor = Preprocessor(plan.preprocessing)
    let workers = try Workers(count: threads)
    var steps: [PreparedStep] = []
    var scratch = (each: 0, shared: 0)
    for step in plan.steps {
      let prepared = try PreparedStep(step, maxBatch: maxBatch, kernels: plan.kernels, workers: workers)
      scratch = (max(scratch.each, prepared.scratch.each), max(scratch.shared, prepared.scratch.shared))
      steps.append(prepared)
    }
    self.steps = steps
    arena = try Arena(
      floatsPerImage: plan.floatsPerImage, maxBatch: maxBatch, scratch: scratch.each, shared: scratch.shared,
      workers: workers, kernels: plan.kernels)
  }

  /// The network's raw outputs.
  ///
  /// - Parameter input: any number of inputs `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, classes]`.
  /// - Throws: `value` when the input is not a whole number of images.
  public func logits(_ input: [Float]) throws(FormatError) -> [Float] {
    let size = plan.preprocessing.inputShape.count
    let classes = plan.labels.names.count
    guard input.count % size == 0 else {
      throw FormatError(
        .value,
        "The input has \(input.count) numbers, which is no multiple of \(plan.preprocessing.inputShape.description)."
      )
    }
    var logits = [Float](repeating: 0, count: input.count / size * classes)
    // SAFETY: input holds input.count / size images, and logits has room for a row of each.
    unsafe input.withUnsafeBufferPointer { input in
      unsafe logits.withUnsafeMutableBufferPointer { logits in
        guard let from = input.baseAddress, let to = logits.baseAddress else { return }
        unsafe run(from, count: input.count / size, into: to)
      }
    }
    return logits
  }

  /// The network's raw outputs for `count` inputs `[C, H, W]` at `input`, as `count` rows of logits.
  ///
  /// Allocates nothing.
  @unsafe func run(_ input: UnsafePointer<Float>, count: Int, into logits: UnsafeMutablePointer<Float>) {
    let size = plan.preprocessing.inputShape.count
    let classes = plan.labels.names.count
    for first in stride(from: 0, to: count, by: maxBatch) {
      unsafe pass(
        input + first * size, images: min(maxBatch, count - first), into: logits + first * classes)
    }
  }

  /// One prediction for each 8-bit image, of any size.
  ///
  /// - Returns: for each image the probability of every class; each row sums to 1.
  public func probabilities(_ images: [PixelImage]) throws(FormatError) -> [[Float]] {
    try probabilities(ofInputs: try inputs(images))
  }

  /// One prediction for each preprocessed input; see ``logits(_:)`` and ``inputs(_:)``.
  public func probabilities(ofInputs input: [Float]) throws(FormatError) -> [[Float]] {
    try logits(input).rows(of: plan.labels.names.count).map {
      softmax($0, temperature: plan.labels.temperature)
    }
  }

  /// What the network sees: `[N, C, H, W]`, the centre crop of each image.
  public func inputs(_ images: [PixelImage]) throws(FormatError) -> [Float] {
    let size = plan.preprocessing.inputShape.count
    var input = [Float](repeating: 0, count: images.count * size)
    let (top, left) = preprocessor.centre
    for (i, image) in images.enumerated() {
      preprocessor.write(try preprocessor.resized(image), top: top, left: left, to: &input, at: i * size)
    }
    return input
  }

  /// Runs at most `maxBatch` images at once.
  private func pass(
    _ input: UnsafePointer<Float>, images: Int, into logits: UnsafeMutablePointer<Float>
  ) {
    // SAFETY: the caller's buffers hold `images` inputs and rows of logits, and the arena holds maxBatch of each value.
    unsafe arena.input = input
    for (i, step) in steps.enumerated() {
      step.run(images: images, in: arena)
      observer?(i)
    }
    let classes = plan.labels.names.count
    let result = unsafe arena.source(plan.output, images: images)
    for image in 0..<images {
      unsafe (logits + image * classes).update(from: result + image * plan.output.stride, count: classes)
    }
    unsafe arena.input = nil
  }
}

extension [Float] {
  /// Consecutive rows of `width` numbers.
  func rows(of width: Int) -> [[Float]] {
    Swift.stride(from: 0, to: count, by: width).map { Array(self[$0..<($0 + width)]) }
  }
}
