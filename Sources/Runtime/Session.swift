public import FermFormat
internal import FermKernels

/// One thread's way to run a plan: it owns the memory of a run and the threads that share it.
///
/// A session belongs to one thread at a time; make one for each thread that predicts. Within a session an image's result
/// depends neither on the number of threads nor on what else is in the batch; sessions of one `maxBatch` agree in every bit.
///
/// ```swift
/// let session = try Session(try Plan(path: "models/default.ferm"), maxBatch: 8, threads: 2)
/// let grey = [UInt8](repeating: 128, count: 48 * 48)
/// let probabilities = try grey.withUnsafeBufferPointer { pixels in
///   try session.probabilities([PixelImage(pixels: pixels, width: 48, height: 48, channels: 1)!])
/// }
/// print(session.plan.labels.names, probabilities[0])
/// ```
public final class Session {
  /// No session takes more images at once.
  public static let largestBatch = 4096

  /// The plan that the session runs.
  public let plan: Plan
  /// How exactly it computes: what was asked for, or ``Precision/exact`` where this processor has no other.
  public let precision: Precision
  /// The most images that run at once, and those for which the ways to compute were chosen.
  public let maxBatch: Int
  /// The most images of one pass: fewer than ``maxBatch`` where those would take too much memory.
  let passImages: Int
  /// The threads that share a run, the caller's among them.
  public var threads: Int { context.workers.count }
  /// Told the number of each of ``Plan/descriptions`` as soon as it is done; for profiles.
  public var observer: ((Int) -> Void)?
  let preprocessor: Preprocessor
  private let steps: [PreparedStep]
  private let stages: [Stage]
  /// Where the result lies.
  private let output: Place
  /// What all threads together see, and what each sees for itself in a grouped stage.
  private let context: ExecutionContext
  private let contexts: [ExecutionContext]

  /// Takes the memory for runs of up to `maxBatch` images, and chooses how to compute each layer for runs of that size.
  ///
  /// Where so many images need more than 256 MiB, they run in several passes, which changes no bit of their results.
  /// - Parameters:
  ///   - threads: 0 for as many as this process may use processors.
  ///   - precision: ``precision`` says which one it then is.
  /// - Throws: `memory`, also where one image alone takes more than 1 GiB with so many threads.
  public convenience init(
    _ plan: Plan, maxBatch: Int = 64, threads: Int = 0, precision: Precision = .exact
  ) throws(FormatError) {
    let maxBatch = max(1, min(maxBatch, Self.largestBatch))
    let workers = try Workers(count: threads)
    try requireMemory(4096 * plan.steps.count + 1024 * workers.count + 1 << 16)
    let kernels = plan.kernels
    let precision = kernels.inEffect(precision)
    let design = try SessionDesign(
      plan.steps, output: plan.output, inputSize: plan.inputSize, maxBatch: maxBatch,
      threads: workers.count, precision: precision, kernels: kernels)
    let packing = PackingThreads(workers)
    var steps: [PreparedStep] = []
    for (step, method) in zip(design.layout.steps, design.methods) {
      try requireMemory(2048 * steps.count + 1 << 16)
      steps.append(
        try PreparedStep(
          step, method: method, linear: design.linear, batch: design.batch, images: design.images,
          packing: packing))
    }
    let memory = try SessionMemory(design, kernels: kernels, threads: workers.count)
    var contexts: [ExecutionContext] = []
    for thread in 0..<workers.count {
      contexts.append(ExecutionContext(memory, thread: thread, workers: try Workers(count: 1)))
    }
    self.init(
      plan, precision: precision, maxBatch: maxBatch, images: design.images, steps: steps,
      stages: design.stages,
      output: design.layout.output,
      context: ExecutionContext(memory, thread: 0, workers: workers), contexts: contexts)
  }

  private init(
    _ plan: Plan, precision: Precision, maxBatch: Int, images: Int, steps: [PreparedStep], stages: [Stage],
    output: Place,
    context: ExecutionContext,
    contexts: [ExecutionContext]
  ) {
    self.plan = plan
    self.precision = precision
    self.maxBatch = maxBatch
    passImages = images
    preprocessor = Preprocessor(plan.preprocessing)
    self.steps = steps
    self.stages = stages
    self.output = output
    self.context = context
    self.contexts = contexts
  }

  /// Bytes of the weights that the session reads, and of the filters from which another session's would be made.
  public var weightBytes: Int { steps.reduce(0) { $0 + $1.weightBytes } }

  /// The network's raw outputs.
  ///
  /// - Parameter input: any number of inputs `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, classes]`, all finite.
  /// - Throws: `value` when the input is not a whole number of images, `notFinite` when an image's logits are not finite.
  public func logits(_ input: [Float]) throws(FormatError) -> [Float] {
    let logits = try uncheckedLogits(input)
    // SAFETY: both arrays hold as many images, and lend their memory for the time of the call.
    let found = unsafe input.withUnsafeBufferPointer { input -> FormatError? in
      unsafe logits.withUnsafeBufferPointer { unsafe fault(of: $0, from: input) }
    }
    if let found { throw found }
    return logits
  }

  /// The same, but an image without finite logits has them as they are, or NaN where its input is not finite: for callers
  /// that look at each row.
  ///
  /// - Throws: `value` when the input is not a whole number of images.
  public func uncheckedLogits(_ input: [Float]) throws(FormatError) -> [Float] {
    let (size, classes) = (plan.inputSize, plan.classes)
    guard input.count % size == 0 else {
      throw FormatError(
        .value,
        "The input has \(input.count) numbers, which is not a multiple of \(plan.preprocessing.inputShape.description)."
      )
    }
    try requireMemory(8 * input.count / size * classes + 1 << 16)
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
    let (size, classes) = (plan.inputSize, plan.classes)
    for first in stride(from: 0, to: count, by: passImages) {
      unsafe pass(
        input + first * size, images: min(passImages, count - first), into: logits + first * classes)
    }
  }

  /// One prediction for each 8-bit image, of any size.
  ///
  /// - Returns: for each image the probability of every class; each row sums to 1.
  /// - Throws: `notFinite` as ``logits(_:)``, `limit` or `memory` for an image that is too large.
  public func probabilities(_ images: [PixelImage]) throws(FormatError) -> [[Float]] {
    try probabilities(ofInputs: try inputs(images))
  }

  /// One prediction for each preprocessed input; see ``logits(_:)`` and ``inputs(_:)``.
  public func probabilities(ofInputs input: [Float]) throws(FormatError) -> [[Float]] {
    try logits(input).rows(of: plan.classes).map {
      softmax($0, temperature: plan.labels.temperature)
    }
  }

  /// What the network sees: `[N, C, H, W]`, the centre crop of each image.
  public func inputs(_ images: [PixelImage]) throws(FormatError) -> [Float] {
    let size = plan.inputSize
    try requireMemory(4 * images.count * size + 1 << 16)
    var input = [Float](repeating: 0, count: images.count * size)
    let crop = Crop.centre(of: plan.preprocessing)
    for (i, image) in images.enumerated() {
      preprocessor.write(try preprocessor.resized(image), crops: [crop], to: &input, at: i * size)
    }
    return input
  }

  /// Runs at most `passImages` images at once.
  private func pass(
    _ input: UnsafePointer<Float>, images: Int, into logits: UnsafeMutablePointer<Float>
  ) {
    // SAFETY: the caller's buffers hold `images` inputs and rows of logits, and the context holds passImages of each value.
    unsafe context.look(at: input, batch: images)
    for stage in stages {
      if stage.group != nil, images >= SessionDesign.fewImages * threads {
        unsafe runGrouped(stage, input, images: images)
      } else {
        for i in stage.steps {
          steps[i].run(images: images, in: context)
          observer?(i)
        }
      }
    }
    let (size, classes) = (plan.inputSize, plan.classes)
    let result = unsafe context.source(output, images: images)
    for image in 0..<images {
      let row = unsafe logits + image * classes
      // Comparisons inside a network may lose a NaN; an input that has one must not get a result.
      if unsafe plan.kernels.table.pointee.all_finite(input + image * size, size) != 0 {
        unsafe row.update(from: result + image * output.pitch, count: classes)
      } else {
        unsafe row.update(repeating: .nan, count: classes)
      }
    }
    unsafe context.look(at: nil, batch: 0)
  }

  /// Each thread takes groups of images through all steps of the stage; the observer hears the first thread's.
  private func runGrouped(_ stage: Stage, _ input: UnsafePointer<Float>, images: Int) {
    var run = unsafe GroupedRun(
      session: self, stage: stage, input: input, images: images,
      parts: stage.parts(images: images, threads: threads))
    // SAFETY: the run outlives the burst, which ends before the call returns, and threads only read it.
    unsafe withUnsafeMutablePointer(to: &run) { run in
      unsafe context.workers.run(
        threads,
        { context, thread in
          unsafe context?.assumingMemoryBound(to: GroupedRun.self).pointee.work(thread)
        }, run)
    }
  }

  /// A run of a grouped stage, as the threads share it.
  @safe private struct GroupedRun {
    let session: Session
    let stage: Stage
    let input: UnsafePointer<Float>
    let images: Int
    let parts: Int

    func work(_ thread: Int) {
      let context = session.contexts[thread]
      for part in stride(from: thread, to: parts, by: session.threads) {
        let first = images * part / parts
        let count = images * (part + 1) / parts - first
        // SAFETY: `first` is one of the run's images.
        unsafe context.look(at: input, batch: images, first: first)
        for i in stage.steps {
          session.steps[i].run(images: count, in: context)
          if thread == 0 { session.observer?(i) }
        }
      }
    }
  }
}

extension [Float] {
  /// Consecutive rows of `width` numbers.
  func rows(of width: Int) -> [[Float]] {
    Swift.stride(from: 0, to: count, by: width).map { Array(self[$0..<($0 + width)]) }
  }
}
