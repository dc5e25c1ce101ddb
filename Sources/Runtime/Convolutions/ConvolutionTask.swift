internal import FermKernels

/// What the kernels' tasks of the ways to compute a convolution have in common, and a run fills in.
protocol ConvolutionTask {
  var images: Int32 { get set }
  var input: UnsafePointer<Float>! { get set }
  var output: UnsafeMutablePointer<Float>! { get set }
  var scratch: UnsafeMutablePointer<Float>! { get set }
  /// What the threads share; nil where each works for itself.
  var shared: UnsafeMutablePointer<Float>! { get set }
  var next: Int64 { get set }
}

extension ferm_winograd: ConvolutionTask {}
extension ferm_direct: ConvolutionTask {}

extension ExecutionContext {
  /// A kernel that hands out a task's pieces of work until none is left.
  typealias Kernel = @convention(c) (UnsafeMutableRawPointer?, Int) -> Void

  /// Runs a task by a kernel whose threads work for themselves; or, where they share, by one that makes what they share and
  /// one that uses it.
  @unsafe func run(
    _ task: some ConvolutionTask, from input: Place, to output: Place, images: Int, isShared: Bool,
    by kernel: Kernel, or sharing: (make: Kernel, use: Kernel)
  ) {
    var task = task
    task.images = Int32(images)
    unsafe task.input = source(input, images: images)
    unsafe task.output = floats(output, images: images)
    unsafe task.scratch = scratch
    unsafe task.shared = isShared ? shared : nil
    unsafe withUnsafeMutablePointer(to: &task) { task in
      if isShared {
        unsafe onEachThread(sharing.make, task)
        unsafe task.pointee.next = 0
        unsafe onEachThread(sharing.use, task)
      } else {
        unsafe onEachThread(kernel, task)
      }
    }
  }
}
