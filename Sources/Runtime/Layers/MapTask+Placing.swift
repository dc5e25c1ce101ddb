internal import FermFormat
internal import FermKernels

extension MapTask {
  /// Puts a map into an image's result, from this channel, row and column on.
  @unsafe func place(
    _ from: UnsafePointer<Float>, _ shape: Shape, _ image: Int, channel: Int, row: Int = 0, column: Int = 0
  ) {
    // SAFETY: the operator's shape rule makes the result large enough.
    unsafe kernels.table.pointee.place(
      from, ferm_extents(shape), output(image), ferm_extents(step.output.shape),
      ferm_extents(of: (Int32(channel), Int32(row), Int32(column))))
  }
}

extension ferm_extents {
  /// Channels, rows and columns of a map.
  init(_ shape: Shape) {
    self.init(of: (Int32(shape[0]), Int32(shape[1]), Int32(shape[2])))
  }
}
