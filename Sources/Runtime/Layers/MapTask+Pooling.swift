internal import FermFormat
internal import FermKernels

extension MapTask {
  /// The largest of each window.
  func maxPool(_ pool: MaxPool, _ planes: Range<Int>) {
    let (input, output) = unsafe (step.input, step.output)
    unsafe ferm_max_pool(
      from, input.stride, to, output.stride, Int32(blocks), Int32(lanes), planes.lowerBound,
      planes.upperBound,
      Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]), Int32(output.shape[2]),
      ferm_window(pool.window, pool.stride, pool.padding))
  }

  /// The mean of each window.
  func averagePool(_ pool: AveragePool, _ planes: Range<Int>) {
    let (input, output) = unsafe (step.input, step.output)
    unsafe ferm_window_average(
      from, input.stride, to, output.stride, Int32(blocks), Int32(lanes), planes.lowerBound,
      planes.upperBound,
      Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]), Int32(output.shape[2]),
      ferm_window(pool.window, pool.stride, pool.padding), Int32(pool.countPadding))
  }

  /// The mean of each region.
  func adaptiveAveragePool(_ planes: Range<Int>) {
    let (input, output) = unsafe (step.input, step.output)
    unsafe ferm_average_pool(
      from, input.stride, to, output.stride, Int32(blocks), Int32(lanes), planes.lowerBound,
      planes.upperBound,
      Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]), Int32(output.shape[2]))
  }
}

extension ferm_window {
  fileprivate init(_ window: Extent, _ stride: Extent, _ padding: Padding) {
    self.init(
      window: (Int32(window.height), Int32(window.width)), step: (Int32(stride.height), Int32(stride.width)),
      pad: (Int32(padding.top), Int32(padding.left)))
  }
}
