internal import FermFormat
internal import FermKernels

/// A session's memory.
@safe final class SessionMemory {
  let kernels: KernelTable
  /// Values of a whole batch.
  let values: AlignedBytes
  /// Values of the images that the threads work on.
  let local: AlignedBytes
  /// Floats of `local` and of `scratch` for each thread.
  let localEach: Int
  let scratchEach: Int
  let scratch: AlignedBytes
  /// Scratch that all threads share.
  let shared: AlignedBytes

  convenience init(_ design: SessionDesign, kernels: KernelTable, threads: Int) throws(FormatError) {
    let images = design.images
    let localEach = design.localEach(images: images)
    let scratch = design.scratch(images: images)
    self.init(
      kernels: kernels, values: try AlignedBytes(count: 4 * design.layout.size * images),
      local: try AlignedBytes(count: 4 * localEach * design.localThreads(images: images)),
      localEach: localEach, scratch: try AlignedBytes(count: 4 * scratch.each * threads),
      scratchEach: scratch.each, shared: try AlignedBytes(count: 4 * scratch.shared))
  }

  private init(
    kernels: KernelTable, values: AlignedBytes, local: AlignedBytes, localEach: Int, scratch: AlignedBytes,
    scratchEach: Int, shared: AlignedBytes
  ) {
    self.kernels = kernels
    self.values = values
    self.local = local
    self.localEach = localEach
    self.scratch = scratch
    self.scratchEach = scratchEach
    self.shared = shared
  }
}

/// The memory as a step sees it, and the threads that share the step: all of a session's, or one with a group of images to
/// itself.
@safe final class Arena {
  let workers: Workers
  var kernels: KernelTable { memory.kernels }
  private let memory: SessionMemory
  private let thread: Int
  /// The caller's input of the run in progress.
  private var input: UnsafePointer<Float>?
  /// The images of that run, and the first one that this arena is for.
  private var batch = 0
  private var first = 0

  /// - Parameter thread: whose part of local values and scratch is the arena's first.
  init(_ memory: SessionMemory, thread: Int, workers: Workers) {
    self.memory = memory
    self.thread = thread
    self.workers = workers
  }

  /// Looks at the images from `first` on of a run of `batch` images.
  @unsafe func look(at input: UnsafePointer<Float>?, batch: Int, first: Int = 0) {
    unsafe self.input = input
    self.batch = batch
    self.first = first
  }

  /// A value's floats, for `images` images from the first that the arena looks at.
  func floats(_ place: Place, images: Int) -> UnsafeMutablePointer<Float> {
    // SAFETY: the planner keeps offset + stride within the size that the memory was made for; a run has no more than
    // the design's images, a group no more than a thread's part of the local values.
    place.isLocal
      ? unsafe memory.local.floats + thread * memory.localEach + place.offset * images
      : unsafe memory.values.floats + place.offset * batch + first * place.stride
  }

  /// A value that is only read: one of the network's, or the caller's input.
  func source(_ place: Place, images: Int) -> UnsafePointer<Float> {
    // SAFETY: a planar place is the caller's input, which is set for as long as a run lasts.
    place.isPlanar
      ? unsafe input.unsafelyUnwrapped + first * place.stride
      : unsafe UnsafePointer(floats(place, images: images))
  }

  /// Scratch of the arena's threads, one after the other.
  var scratch: UnsafeMutablePointer<Float> {
    // SAFETY: the memory has scratchEach floats for each thread.
    unsafe memory.scratch.floats + thread * memory.scratchEach
  }
  /// Scratch that the threads share.
  var shared: UnsafeMutablePointer<Float> { unsafe memory.shared.floats }

  /// Calls a kernel once for each thread, with its number; `task` is what the kernel takes.
  @unsafe func onEachThread(
    _ kernel: @convention(c) (UnsafeMutableRawPointer?, Int) -> Void, _ task: UnsafeMutableRawPointer
  ) {
    unsafe workers.run(workers.count, kernel, task)
  }
}

extension AlignedBytes {
  /// The memory as floats.
  var floats: UnsafeMutablePointer<Float> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
  }

  /// A copy of floats, followed by zeros up to `count` of them.
  convenience init(_ floats: [Float], count: Int) throws(FormatError) {
    try self.init(count: 4 * count)
    unsafe floats.withUnsafeBytes { unsafe mutableBytes.copyMemory(from: $0) }
  }

  /// A copy of 32-bit integers.
  convenience init(_ integers: [Int32]) throws(FormatError) {
    try self.init(count: 4 * integers.count)
    for (i, value) in integers.enumerated() {
      unsafe mutableBytes.storeBytes(of: value, toByteOffset: 4 * i, as: Int32.self)
    }
  }
}
