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
/// let probabilities = try session.probabilities([PixelImage(grey, width: 48, height: 48, channels: 1)])
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
  /// The threads that share a run.
  var workers: Workers { context.workers }
  let preprocessor: Preprocessor
  private let steps: [PreparedStep]
  private let stages: [Stage]
  /// Where the outputs lie, value by value.
  private let results: [ResultValue]
  /// What all threads together see, and what each sees for itself in a grouped stage.
  private let context: ExecutionContext
  private let contexts: [ExecutionContext]

  /// Takes the memory for runs of up to `maxBatch` images, and chooses how to compute each layer for runs of that size.
  ///
  /// Where so many images need more than 256 MiB, they run in several passes, which changes no bit of their results.
  /// - Parameters:
  ///   - plan: what is run.
  ///   - maxBatch: the most images that run at once; 1 for who asks about one face at a time.
  ///   - threads: 0 for as many as this process may use processors.
  ///   - precision: ``precision`` says which one it then is.
  /// - Throws: `memory`, also where one image alone takes more than 1 GiB with so many threads.
  public convenience init(
    _ plan: Plan, maxBatch: Int = 64, threads: Int = 0, precision: Precision = .exact
  ) throws(FormatError) {
    try self.init(plan, maxBatch: maxBatch, workers: Workers(count: threads), precision: precision)
  }

  /// The same with threads that others use at other times.
  package convenience init(
    _ plan: Plan, maxBatch: Int, workers: Workers, precision: Precision
  ) throws(FormatError) {
    let maxBatch = max(1, min(maxBatch, Self.largestBatch))
    try requireMemory(4096 * plan.steps.count + 1024 * workers.count + 1 << 16)
    let kernels = plan.kernels
    let precision = kernels.inEffect(precision)
    let design = try SessionDesign(
      plan.steps, outputs: plan.results.map { $0.place }, inputSize: plan.inputSize, maxBatch: maxBatch,
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
    var results = plan.results
    for i in results.indices { results[i].place = design.layout.outputs[i] }
    self.init(
      plan, precision: precision, maxBatch: maxBatch, images: design.images, steps: steps,
      stages: design.stages,
      results: results,
      context: ExecutionContext(memory, thread: 0, workers: workers), contexts: contexts)
  }

  private init(
    _ plan: Plan, precision: Precision, maxBatch: Int, images: Int, steps: [PreparedStep], stages: [Stage],
    results: [ResultValue],
    context: ExecutionContext,
    contexts: [ExecutionContext]
  ) {
    self.plan = plan
    self.precision = precision
    self.maxBatch = maxBatch
    passImages = images
    preprocessor = Preprocessor(plan.preprocessing, kernels: plan.kernels)
    self.steps = steps
    self.stages = stages
    self.results = results
    self.context = context
    self.contexts = contexts
  }

  /// Bytes of the weights that the session reads, and of the filters from which another session's would be made.
  public var weightBytes: Int { steps.reduce(0) { $0 + $1.weightBytes } }

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

  /// Runs `count` inputs `[C, H, W]` at `input`, and writes the rows of those outputs for which there is a place.
  ///
  /// A row whose input is not finite is NaN, whatever the network makes of that. Allocates nothing.
  /// - Parameter place: where the first row of one of the plan's outputs goes; nil for one that nobody wants.
  @unsafe func run(
    _ input: UnsafePointer<Float>, count: Int, into place: (_ output: Int) -> UnsafeMutablePointer<Float>?
  ) {
    let outputs = plan.outputs.count
    unsafe withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: outputs) { rows in
      for output in 0..<outputs { unsafe rows.initializeElement(at: output, to: place(output)) }
      for first in stride(from: 0, to: count, by: passImages) {
        unsafe pass(
          input + first * plan.inputSize, images: min(passImages, count - first), first: first,
          into: UnsafeBufferPointer(rows))
      }
    }
  }

  /// Runs at most `passImages` images at once, the first of which gets the row of that number.
  private func pass(
    _ input: UnsafePointer<Float>, images: Int, first: Int,
    into rows: UnsafeBufferPointer<UnsafeMutablePointer<Float>?>
  ) {
    // SAFETY: the caller's buffers hold `images` inputs and rows of outputs, and the context holds passImages of each value.
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
    let size = plan.inputSize
    for image in 0..<images {
      // Comparisons inside a network may lose a NaN; an input that has one must not get a result.
      let isFinite = unsafe plan.kernels.table.pointee.all_finite(input + image * size, size) != 0
      for i in results.indices {
        guard let row = unsafe rows[results[i].output] else { continue }
        let result = results[i]
        let to = unsafe row + (first + image) * result.width + result.start
        unsafe write(result.place, of: image, images: images, isFinite: isFinite, to: to)
      }
    }
    unsafe context.look(at: nil, batch: 0)
  }

  /// Writes a value of one image in the order of the file.
  @unsafe private func write(
    _ place: Place, of image: Int, images: Int, isFinite: Bool, to: UnsafeMutablePointer<Float>
  ) {
    // SAFETY: the row has room for the value, and the value's place is that of `images` images.
    let from = unsafe context.source(place, images: images) + image * place.pitch
    let (channels, pixels) = (place.shape[0], place.pixels)
    if !isFinite {
      unsafe to.update(repeating: .nan, count: channels * pixels)
    } else if pixels == 1 {
      unsafe to.update(from: from, count: channels)
    } else {
      unsafe ferm_unpack_blocks(from, to, Int32(channels), Int32(plan.kernels.lanes), Int32(pixels))
    }
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
