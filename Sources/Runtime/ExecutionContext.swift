internal import FermFormat

/// The memory as a step sees it, and the threads that share the step: all of a session's, or one with a group of images to
/// itself.
@safe final class ExecutionContext {
  let workers: Workers
  var kernels: KernelTable { memory.kernels }
  private let memory: SessionMemory
  private let thread: Int
  /// The caller's input of the run in progress.
  private var input: UnsafePointer<Float>?
  /// The images of that run, and the first one that this context is for.
  private var batch = 0
  private var first = 0

  /// - Parameter thread: whose part of local values and scratch is the context's first.
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

  /// A value's floats, for `images` images from the first that the context looks at.
  func floats(_ place: Place, images: Int) -> UnsafeMutablePointer<Float> {
    // SAFETY: the planner keeps offset + pitch within the size that the memory was made for; a run has no more than
    // the design's images, a group no more than a thread's part of the local values.
    place.isLocal
      ? unsafe memory.local.floats + thread * memory.localEach + place.offset * images
      : unsafe memory.values.floats + place.offset * batch + first * place.pitch
  }

  /// A value that is only read: one of the network's, or the caller's input.
  func source(_ place: Place, images: Int) -> UnsafePointer<Float> {
    // SAFETY: a planar place is the caller's input, which is set for as long as a run lasts.
    place.isPlanar
      ? unsafe input.unsafelyUnwrapped + first * place.pitch
      : unsafe UnsafePointer(floats(place, images: images))
  }

  /// Scratch of the context's threads, one after the other.
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
