internal import FermFormat
internal import FermKernels

extension MapTask {
  /// The largest of each window.
  func maxPool(_ pool: MaxPool, _ planes: Range<Int>) {
    unsafe self.pool(FERM_WINDOW_MAX, ferm_window(pool.window, pool.stride, pool.padding), planes)
  }

  /// The mean of each window.
  func averagePool(_ pool: AveragePool, _ planes: Range<Int>) {
    unsafe self.pool(
      pool.countPadding != 0 ? FERM_WHOLE_WINDOW_MEAN : FERM_WINDOW_MEAN,
      ferm_window(pool.window, pool.stride, pool.padding), planes)
  }

  /// The mean of each region.
  func adaptiveAveragePool(_ planes: Range<Int>) { unsafe pool(FERM_REGION_MEAN, ferm_window(), planes) }

  private func pool(_ kind: ferm_pooling, _ window: ferm_window, _ planes: Range<Int>) {
    let (input, output) = unsafe (step.input, step.output)
    unsafe ferm_pool(
      kind, window, from, input.stride, to, output.stride, Int32(blocks), Int32(lanes), planes.lowerBound,
      planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
      Int32(output.shape[2]))
  }
}

extension ferm_window {
  fileprivate init(_ window: Extent, _ stride: Extent, _ padding: Padding) {
    self.init(
      window: (Int32(window.height), Int32(window.width)), step: (Int32(stride.height), Int32(stride.width)),
      pad: (Int32(padding.top), Int32(padding.left)))
  }
}
