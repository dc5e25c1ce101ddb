internal import FermKernels

/// What the kernels' tasks of the ways to compute a convolution have in common, and a run fills in.
protocol ConvolutionTask {
  var images: Int32 { get set }
  var ending: ferm_ending { get set }
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
  /// Runs a task by its kernels, for images or a part of them.
  ///
  /// - Parameter makes: whether the threads that share it make something first.
  @unsafe func run(
    _ task: some ConvolutionTask, from input: Place, adding addend: Place?, to output: Place, images: Int,
    part: Range<Int>? = nil, isShared: Bool, makes: Bool = true,
    by kernels: TaskKernels
  ) {
    var task = task
    let part = part ?? 0..<images
    let first = part.lowerBound
    task.images = Int32(part.count)
    unsafe task.input = source(input, images: images) + first * input.pitch
    unsafe task.output = floats(output, images: images) + first * output.pitch
    unsafe task.ending.addend = addend.map { unsafe source($0, images: images) + first * $0.pitch }
    unsafe task.scratch = scratch
    unsafe task.shared = isShared ? shared : nil
    unsafe withUnsafeMutablePointer(to: &task) { task in
      if isShared {
        if makes {
          unsafe onEachThread(kernels.make, task)
          unsafe task.pointee.next = 0
        }
        unsafe onEachThread(kernels.use, task)
      } else {
        unsafe onEachThread(kernels.alone, task)
      }
    }
  }
}
