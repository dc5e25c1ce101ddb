internal import FermFormat
internal import FermKernels

/// What a step computes for each image or plane by itself, as its operator says.
enum MapComputation: Sendable {
  /// Done image by image.
  case images(@Sendable (_ task: MapTask, _ image: Int) -> Void)
  /// Done for ranges of planes (image, block), where there is enough work in one; by so many parts at once, each of which has
  /// `scratch` floats of the task's.
  case planes(scratch: Int, @Sendable (_ task: MapTask, _ planes: Range<Int>, _ part: Int) -> Void)

  /// Floats of scratch that each thread wants.
  var scratch: Int {
    switch self {
    case .images: 0
    case .planes(let scratch, _): scratch
    }
  }
}

/// A step that works on each image or plane by itself, for some images; the threads share it without taking memory.
@safe struct MapTask {
  let step: PlanStep
  let computation: MapComputation
  let kernels: KernelTable
  private let context: ExecutionContext
  /// Blocks of channels of an image.
  let blocks: Int
  let images: Int
  let threads: Int
  let from: UnsafePointer<Float>
  let to: UnsafeMutablePointer<Float>
  /// Scratch of the parts, one after the other.
  let scratch: UnsafeMutablePointer<Float>

  init(_ computation: MapComputation, _ step: PlanStep, images: Int, in context: ExecutionContext) {
    self.step = step
    self.context = context
    self.computation = computation
    kernels = context.kernels
    blocks = kernels.blocks(step.input.shape[0])
    self.images = images
    threads = context.workers.count
    // SAFETY: shapes were validated, and the context is large enough for all values of the step.
    unsafe from = context.source(step.input, images: images)
    unsafe to = context.floats(step.output, images: images)
    unsafe scratch = context.scratch
  }

  /// Runs a step, shared between the context's threads as one range each.
  static func run(
    _ computation: MapComputation, _ step: PlanStep, images: Int, in context: ExecutionContext
  ) {
    var task = MapTask(computation, step, images: images, in: context)
    unsafe withUnsafeMutablePointer(to: &task) { task in
      unsafe context.onEachThread(
        { task, part in unsafe task?.assumingMemoryBound(to: MapTask.self).pointee.work(part) }, task)
    }
  }

  private func work(_ part: Int) {
    switch computation {
    case .images(let body): for image in range(of: part, in: images) { body(self, image) }
    case .planes(_, let body): body(self, range(of: part, in: images * blocks), part)
    }
  }

  private func range(of part: Int, in count: Int) -> Range<Int> {
    (count * part / threads)..<(count * (part + 1) / threads)
  }

  /// The first float of an image.
  func input(_ image: Int) -> UnsafePointer<Float> { unsafe from + image * step.input.pitch }
  /// The first float of an image of one of the other values that the step takes.
  func other(_ index: Int, _ image: Int) -> UnsafePointer<Float> {
    let place = step.others[index]
    // SAFETY: as for the first value.
    return unsafe context.source(place, images: images) + image * place.pitch
  }
  /// The first float of an image's result.
  func output(_ image: Int) -> UnsafeMutablePointer<Float> { unsafe to + image * step.output.pitch }
  /// Floats of a register.
  var lanes: Int32 { Int32(kernels.lanes) }
  /// Pixels of a channel of the result.
  var pixels: Int32 { Int32(step.output.pixels) }
  /// Channels of the result.
  var channels: Int32 { Int32(step.output.shape[0]) }
}
