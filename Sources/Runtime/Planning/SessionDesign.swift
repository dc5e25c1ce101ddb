internal import FermFormat

/// How a session runs a plan, and how much memory that takes: settled before any of it is taken.
///
/// The ways to compute follow from the session's largest batch alone. A pass may take fewer images than that where their memory would
/// be too much; no bit of a result depends on it.
struct SessionDesign {
  /// A pass takes no more images than this memory holds, but at least one.
  static let usualBytes: Int64 = 256 << 20
  /// So many images for each thread are shared step by step, as groups would leave threads idle at the end.
  static let fewImages = 4

  /// By step, how to compute it if it is a convolution.
  let methods: [AnyConvolutionMethod?]
  /// Whose products fully connected layers use.
  let linear: KernelTable
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
  /// - Throws: `memory` also where one image takes too much.
  init(
    _ steps: [PlanStep], outputs: [Place], inputSize: Int, maxBatch: Int, threads: Int,
    precision: Precision, kernels: KernelTable
  ) throws(FormatError) {
    try requireMemory(steps.reduce(1 << 16) { $0 + 16_384 + $1.panelBytes(kernels) })
    let methods = Self.methods(steps, maxBatch: maxBatch, precision, kernels)
    func shared(for batch: Int) -> SessionDesign {
      SessionDesign(
        steps, outputs: outputs, inputSize: inputSize, methods: methods, linear: kernels.forLinear(precision),
        batch: batch, threads: threads)
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
        .memory,
        "One image at a time takes \(bytes >> 20) MiB of memory; at most \(ExecutionCost.mostSessionBytes >> 20) MiB are allowed\(remedy)."
      )
    }
    self = design
  }

  private init(
    _ steps: [PlanStep], outputs: [Place], inputSize: Int, methods: [AnyConvolutionMethod?],
    linear: KernelTable, batch: Int, threads: Int
  ) {
    let groups = steps.indices.map { steps[$0].group(methods[$0], batch: batch) }
    stages = Stage.cut(steps, groups: groups)
    var layout = MemoryLayoutPlanner(steps: steps, outputs: outputs)
    layout.place(stages)
    self.layout = layout
    self.methods = methods
    self.linear = linear
    self.batch = batch
    self.threads = threads
    self.inputSize = inputSize
    memory = layout.steps.indices.map { i in
      let (step, method) = (layout.steps[i], methods[i])
      let one = step.memory(method, linear, batch: batch, images: 1)
      let two = step.memory(method, linear, batch: batch, images: 2)
      return (one, StepMemory(each: two.each - one.each, shared: two.shared - one.shared))
    }
  }

  /// Floats for each image that a thread works on, for the images that it takes at once.
  func localEach(images: Int) -> Int64 {
    let most = stages.reduce(Self.fewImages) { max($0, $1.group ?? 0) }
    return layout.localSize * Int64(isGrouped(images: images) ? min(most, images) : images)
  }

  /// Threads that have such memory: without groups, all work in the first one's.
  func localThreads(images: Int) -> Int { isGrouped(images: images) ? threads : 1 }

  /// Floats of scratch: for each thread, and for all of them together.
  func scratch(images: Int) -> (each: Int64, shared: Int64) {
    var most: (each: Int64, shared: Int64) = (0, 0)
    for step in memory {
      most.each = max(most.each, Int64(step.one.each) + Int64(images - 1) * Int64(step.more.each))
      most.shared = max(most.shared, Int64(step.one.shared) + Int64(images - 1) * Int64(step.more.shared))
    }
    return most
  }

  private func isGrouped(images: Int) -> Bool { images >= Self.fewImages * threads }

  /// All that a session takes, and its input.
  private func bytes(images: Int) -> Int64 {
    let scratch = scratch(images: images)
    let tables = memory.reduce(Int64(0)) { $0 + Int64($1.one.tables) }
    let floats =
      (Int64(inputSize) + layout.size) * Int64(images)
      + localEach(images: images) * Int64(localThreads(images: images))
      + scratch.each * Int64(threads) + scratch.shared
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

  /// For each convolution the cheapest way, unless the filters of all of them would take too much memory in it: the layers
  /// with the largest ones then do without filters of their own.
  private static func methods(
    _ steps: [PlanStep], maxBatch: Int, _ precision: Precision, _ kernels: KernelTable
  ) -> [AnyConvolutionMethod?] {
    var methods = steps.map { $0.method(maxBatch: maxBatch, precision: precision, kernels: kernels) }
    var total = methods.reduce(Int64(0)) { $0 + Int64($1?.filterBytes ?? 0) }
    guard total > ExecutionCost.mostWeightBytes else { return methods }
    let sizes = methods.indices.map { (step: $0, bytes: methods[$0]?.filterBytes ?? 0) }
    for size in sizes.sorted(by: { ($0.bytes, $1.step) > ($1.bytes, $0.step) })
    where total > ExecutionCost.mostWeightBytes {
      methods[size.step] = steps[size.step].method(
        maxBatch: maxBatch, isPlain: true, precision: precision, kernels: kernels)
      total -= Int64(size.bytes)
    }
    return methods
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
    guard case .convolution(let layer) = computation, layer.shape.groups > 1 else { return 0 }
    return 256 * kernels.panels(layer.shape.outputs)
  }

  /// How to compute the step in a session for up to `maxBatch` images, if it is a convolution.
  func method(
    maxBatch: Int, isPlain: Bool = false, precision: Precision, kernels: KernelTable
  ) -> AnyConvolutionMethod? {
    guard case .convolution(let layer) = computation else { return nil }
    return .cheapest(
      for: layer, images: maxBatch, isPlain: isPlain, precision: precision, kernels: kernels)
  }

  /// The images that keep one thread busy by itself; nil where all threads share the step, because they then read its
  /// weights once.
  func group(_ method: AnyConvolutionMethod?, batch: Int) -> Int? {
    if let method { return method.group(batch) }
    if case .linear = computation { return nil }
    return 1
  }

  /// The step's memory in a session whose work is shared out for `batch` images, of which a pass takes `images`.
  fileprivate func memory(
    _ method: AnyConvolutionMethod?, _ linear: KernelTable, batch: Int, images: Int
  ) -> StepMemory {
    switch computation {
    case .convolution: method?.memory(batch, images) ?? StepMemory()
    case .linear(let layer): layer.memory(images: images, linear)
    case .map(let map): StepMemory(each: map.scratch)
    }
  }
}
