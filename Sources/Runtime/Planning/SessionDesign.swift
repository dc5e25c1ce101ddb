internal import FermFormat

/// How a session runs a plan, and how much memory that takes: settled before any of it is taken.
///
/// Algorithms follow from the session's largest batch alone. A pass may take fewer images than that where their memory would
/// be too much; no bit of a result depends on it.
struct SessionDesign {
  /// A pass takes no more images than this memory holds, but at least one.
  static let usualBytes = 256 << 20
  /// So many images for each thread are shared step by step, as groups would leave threads idle at the end.
  static let fewImages = 4

  let algorithms: [ConvolutionAlgorithm]
  let stages: [Stage]
  let layout: MemoryLayoutPlanner
  /// The batch for which the work was shared out.
  let batch: Int
  /// The most images of one pass.
  private(set) var images = 1
  /// By step, for a pass of one image, and what another image adds.
  private let memory: [(one: StepMemory, more: StepMemory)]
  private let threads: Int
  /// Floats of an image's input.
  private let inputSize: Int

  /// Designs a session for up to `maxBatch` images.
  ///
  /// - Throws: `limit` when the memory for one image is too much, `memory`.
  init(
    _ steps: [PlanStep], output: Place, inputSize: Int, maxBatch: Int, threads: Int, kernels: KernelTable
  ) throws(FormatError) {
    try requireMemory(steps.reduce(1 << 16) { $0 + 8192 + $1.panelBytes(kernels) })
    let algorithms = Self.algorithms(steps, maxBatch: maxBatch, kernels)
    func shared(for batch: Int) -> SessionDesign {
      SessionDesign(
        steps, output: output, inputSize: inputSize, algorithms: algorithms, batch: batch, threads: threads,
        kernels: kernels)
    }
    var design = shared(for: maxBatch)
    design.images = design.mostImages(upTo: maxBatch)
    // Few images leave threads without work unless they share each one.
    if design.images < maxBatch {
      design = shared(for: design.images)
      design.images = design.mostImages(upTo: design.batch)
    }
    let bytes = design.bytes(images: design.images)
    guard bytes <= ExecutionCost.mostSessionBytes else {
      let remedy = threads > 1 ? "; ask for fewer than \(threads) threads" : ""
      throw FormatError(
        .limit,
        "One image at a time takes \(bytes >> 20) MiB of memory; at most \(ExecutionCost.mostSessionBytes >> 20) MiB are allowed\(remedy)."
      )
    }
    self = design
  }

  private init(
    _ steps: [PlanStep], output: Place, inputSize: Int, algorithms: [ConvolutionAlgorithm], batch: Int,
    threads: Int, kernels: KernelTable
  ) {
    let groups = steps.indices.map { steps[$0].group(algorithms[$0], maxBatch: batch, kernels: kernels) }
    stages = Stage.cut(steps, groups: groups)
    var layout = MemoryLayoutPlanner(steps: steps, output: output)
    layout.place(stages)
    self.layout = layout
    self.algorithms = algorithms
    self.batch = batch
    self.threads = threads
    self.inputSize = inputSize
    memory = layout.steps.indices.map { i in
      let (step, algorithm) = (layout.steps[i], algorithms[i])
      let one = step.memory(algorithm, batch: batch, images: 1, kernels: kernels)
      let two = step.memory(algorithm, batch: batch, images: 2, kernels: kernels)
      return (one, StepMemory(each: two.each - one.each, shared: two.shared - one.shared))
    }
  }

  /// Floats for each image that a thread works on, for the images that it takes at once.
  func localEach(images: Int) -> Int {
    let most = stages.reduce(Self.fewImages) { max($0, $1.group ?? 0) }
    return layout.localSize * (isGrouped(images: images) ? min(most, images) : images)
  }

  /// Threads that have such memory: without groups, all work in the first one's.
  func localThreads(images: Int) -> Int { isGrouped(images: images) ? threads : 1 }

  /// Floats of scratch: for each thread, and for all of them together.
  func scratch(images: Int) -> (each: Int, shared: Int) {
    var most = (each: 0, shared: 0)
    for step in memory {
      most.each = max(most.each, step.one.each + (images - 1) * step.more.each)
      most.shared = max(most.shared, step.one.shared + (images - 1) * step.more.shared)
    }
    return most
  }

  private func isGrouped(images: Int) -> Bool { images >= Self.fewImages * threads }

  /// All that a session takes, and its input.
  private func bytes(images: Int) -> Int {
    let scratch = scratch(images: images)
    let tables = memory.reduce(0) { $0 + $1.one.tables }
    let floats =
      (inputSize + layout.size) * images + localEach(images: images) * localThreads(images: images)
      + scratch.each * threads + scratch.shared
    return 4 * floats + tables
  }

  private func mostImages(upTo most: Int) -> Int {
    guard bytes(images: most) > Self.usualBytes else { return most }
    var (fits, tooMany) = (1, most)
    while tooMany - fits > 1 {
      let middle = (fits + tooMany) / 2
      if bytes(images: middle) <= Self.usualBytes { fits = middle } else { tooMany = middle }
    }
    return fits
  }

  /// For each step the cheapest way, unless the filters of all of them would take too much memory in it: the layers with the
  /// largest ones are then computed by their definition.
  private static func algorithms(
    _ steps: [PlanStep], maxBatch: Int, _ kernels: KernelTable
  ) -> [ConvolutionAlgorithm] {
    var algorithms = steps.map { $0.algorithm(maxBatch: maxBatch, kernels: kernels) }
    var sizes: [(step: Int, bytes: Int)] = []
    var total = 0
    for (i, step) in steps.enumerated() {
      guard case .convolution(let layer) = step.computation, case .winograd(let m) = algorithms[i] else {
        continue
      }
      let bytes = WinogradRun.filterBytes(layer, m: m, kernels)
      sizes.append((i, bytes))
      total += bytes
    }
    guard total > ExecutionCost.mostWeightBytes else { return algorithms }
    for size in sizes.sorted(by: { ($0.bytes, $1.step) > ($1.bytes, $0.step) })
    where total > ExecutionCost.mostWeightBytes {
      algorithms[size.step] = .direct
      total -= size.bytes
    }
    return algorithms
  }
}

/// What a step takes of a session's memory besides values.
struct StepMemory {
  /// Floats of scratch for each thread.
  var each = 0
  /// Floats of scratch that all threads share.
  var shared = 0
  /// Bytes of tables that the step keeps.
  var tables = 0
}

extension PlanStep {
  /// Bytes for the lists of panels that a convolution's sizes take while a session is designed.
  fileprivate func panelBytes(_ kernels: KernelTable) -> Int {
    guard case .convolution(let layer) = computation, layer.groups > 1 else { return 0 }
    return 256 * kernels.panels(layer.outputs)
  }

  /// The step's memory in a session whose work is shared out for `batch` images, of which a pass takes `images`.
  func memory(
    _ algorithm: ConvolutionAlgorithm, batch: Int, images: Int, kernels: KernelTable
  ) -> StepMemory {
    guard case .convolution(let layer) = computation else {
      return StepMemory(each: poolScratch(lanes: kernels.lanes))
    }
    switch algorithm {
    case .direct:
      return DirectSizes(layer, input: input, kernels)
        .memory(layer, isShared: DirectRun.isShared(maxBatch: batch), images: images, kernels)
    case .winograd(let m):
      return WinogradRun.memory(
        layer, m: m, input: input, isShared: WinogradRun.isShared(layer, m: m, maxBatch: batch, kernels),
        images: images, kernels)
    }
  }
}
