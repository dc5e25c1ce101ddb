public import FermFormat
internal import FermKernels

/// One thread's way to run a plan: it owns the memory of a run and the threads that share it.
///
/// A session belongs to one thread at a time; make one for each thread that predicts. An image's result depends neither
/// on the number of threads nor on what else is in the batch.
public final class Session {
  /// Which instructions the kernels use.
  public enum Instructions: Sendable, CaseIterable {
    /// The best that the processor has.
    case best
    /// Plain C, for comparison.
    case portable
  }

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

  /// Takes the memory for runs of up to `maxBatch` images.
  ///
  /// - Parameter threads: 0 for as many as this process may use processors.
  public init(
    _ plan: Plan, maxBatch: Int = 64, threads: Int = 0, instructions: Instructions = .best
  ) throws(FormatError) {
    self.plan = plan
    self.maxBatch = max(1, min(maxBatch, Self.largestBatch))
    preprocessor = Preprocessor(plan.preprocessing)
    arena = try Arena(
      floatsPerImage: plan.floatsPerImage, maxBatch: self.maxBatch, workers: try Workers(count: threads),
      isa: instructions == .best ? ferm_isa_best() : FERM_ISA_PORTABLE)
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
    let shape = plan.preprocessing.inputShape
    let pixels = shape[1] * shape[2]
    // SAFETY: the caller's buffers hold `images` inputs and rows of logits, and the arena holds maxBatch of each value.
    let to = unsafe arena.floats(plan.input, images: images)
    for image in 0..<images {
      for channel in 0..<shape[0] {
        unsafe (to + (channel * images + image) * pixels)
          .update(from: input + (image * shape[0] + channel) * pixels, count: pixels)
      }
    }
    for (i, step) in plan.steps.enumerated() {
      step.run(images: images, in: arena)
      observer?(i)
    }
    let classes = plan.labels.names.count
    let result = unsafe arena.floats(plan.output, images: images)
    for image in 0..<images {
      for c in 0..<classes { unsafe logits[image * classes + c] = result[c * images + image] }
    }
  }
}

extension [Float] {
  /// Consecutive rows of `width` numbers.
  func rows(of width: Int) -> [[Float]] {
    Swift.stride(from: 0, to: count, by: width).map { Array(self[$0..<($0 + width)]) }
  }
}
