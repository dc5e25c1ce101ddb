internal import FermFormat
internal import FermKernels

/// An operator that works on each image or plane by itself, for some images; the threads share it without taking memory.
@unsafe struct MapTask {
  let step: PlanStep
  let kernels: KernelTable
  /// Blocks of channels of an image.
  let blocks: Int
  /// What the threads share: images, or planes (image, block).
  let count: Int
  let threads: Int
  let from: UnsafePointer<Float>
  let second: UnsafePointer<Float>?
  let to: UnsafeMutablePointer<Float>
  /// Scratch of the parts, one after the other.
  let scratch: UnsafeMutablePointer<Float>

  init(_ step: PlanStep, images: Int, in context: ExecutionContext) {
    unsafe self.step = step
    unsafe kernels = context.kernels
    unsafe blocks = kernels.blocks(step.input.shape[0])
    unsafe count = step.isSharedByPlanes ? images * blocks : images
    unsafe threads = context.workers.count
    // SAFETY: shapes were validated, and the context is large enough for all values of the step.
    unsafe from = context.source(step.input, images: images)
    unsafe second = step.second.map { unsafe context.source($0, images: images) }
    unsafe to = context.floats(step.output, images: images)
    unsafe scratch = context.scratch
  }

  /// Runs the step, shared between the context's threads as one range each.
  static func run(_ step: PlanStep, images: Int, in context: ExecutionContext) {
    var task = unsafe MapTask(step, images: images, in: context)
    unsafe withUnsafeMutablePointer(to: &task) { task in
      unsafe context.onEachThread(
        { task, part in unsafe task?.assumingMemoryBound(to: MapTask.self).pointee.work(part) }, task)
    }
  }

  private func work(_ part: Int) {
    let range = unsafe (count * part / threads)..<(count * (part + 1) / threads)
    switch unsafe step.computation {
    case .maxPool(let pool): unsafe maxPool(pool, range, part)
    case .averagePool(let pool): unsafe averagePool(pool, range, part)
    case .adaptiveAveragePool: unsafe adaptiveAveragePool(range)
    case .affine(let layer): for image in range { unsafe affine(layer, image) }
    case .relu: for image in range { unsafe relu(image) }
    case .silu: for image in range { unsafe silu(image) }
    case .sigmoid: for image in range { unsafe sigmoid(image) }
    case .softmax: for image in range { unsafe softmax(image) }
    case .add: for image in range { unsafe combine(multiplying: false, image) }
    case .multiply: for image in range { unsafe combine(multiplying: true, image) }
    case .flatten: for image in range { unsafe flatten(image) }
    case .pack: for image in range { unsafe pack(image) }
    case .convolution, .linear: break  // they have kernels of their own
    }
  }

  /// The first float of an image.
  func input(_ image: Int) -> UnsafePointer<Float> { unsafe from + image * step.input.pitch }
  /// The first float of an image's result.
  func output(_ image: Int) -> UnsafeMutablePointer<Float> { unsafe to + image * step.output.pitch }
}

extension PlanStep {
  /// Pooling has enough work in a plane.
  fileprivate var isSharedByPlanes: Bool {
    switch computation {
    case .maxPool, .averagePool, .adaptiveAveragePool: true
    default: false
    }
  }
}
