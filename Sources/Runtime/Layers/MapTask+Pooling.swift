internal import FermFormat
internal import FermKernels

extension MapTask {
  /// The largest of each window.
  func maxPool(_ pool: MaxPool, _ planes: Range<Int>, _ part: Int) {
    unsafe self.pool(
      FERM_WINDOW_MAX, ferm_window(pool.window, pool.stride, pool.padding), planes, columns: columns(part))
  }

  /// The mean of each window.
  func averagePool(_ pool: AveragePool, _ planes: Range<Int>, _ part: Int) {
    unsafe self.pool(
      pool.countPadding != 0 ? FERM_WHOLE_WINDOW_MEAN : FERM_WINDOW_MEAN,
      ferm_window(pool.window, pool.stride, pool.padding), planes, columns: columns(part))
  }

  /// The mean of each region.
  func adaptiveAveragePool(_ planes: Range<Int>) {
    unsafe pool(FERM_REGION_MEAN, ferm_window(), planes, columns: nil)
  }

  /// A part's room for one row of the input, where the pool wants it.
  private func columns(_ part: Int) -> UnsafeMutablePointer<Float>? {
    let each = unsafe step.poolScratch(lanes: kernels.lanes)
    // SAFETY: the session took as much scratch for each part as its step that wants most.
    return each > 0 ? unsafe scratch + part * each : nil
  }

  private func pool(
    _ kind: ferm_pooling, _ window: ferm_window, _ planes: Range<Int>, columns: UnsafeMutablePointer<Float>?
  ) {
    let (input, output) = unsafe (step.input, step.output)
    unsafe kernels.table.pointee.pool(
      kind, window, from, input.pitch, to, output.pitch, Int32(blocks), planes.lowerBound,
      planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
      Int32(output.shape[2]), columns)
  }
}

extension PlanStep {
  /// Floats of scratch that a pool of large windows wants for each thread.
  func poolScratch(lanes: Int) -> Int {
    let cost: PoolCost
    switch computation {
    case .maxPool(let pool): cost = PoolCost(pool.window, pool.stride)
    case .averagePool(let pool): cost = PoolCost(pool.window, pool.stride)
    default: return 0
    }
    return cost.isSplit ? input.shape[2] * lanes : 0
  }
}

/// How a pool goes over its windows.
struct PoolCost {
  /// Whether it goes down first and then across, which for large windows that overlap is far less.
  let isSplit: Bool
  /// Comparisons or additions for one output.
  let operations: Int

  init(_ window: Extent, _ stride: Extent) {
    let whole = window.height * window.width
    let split = window.height * stride.width + window.width
    isSplit = whole >= 64 && 2 * split < whole
    operations = isSplit ? split : whole
  }
}

extension ferm_window {
  fileprivate init(_ window: Extent, _ stride: Extent, _ padding: Padding) {
    self.init(
      window: (Int32(window.height), Int32(window.width)),
      stride: (Int32(stride.height), Int32(stride.width)),
      pad: (Int32(padding.top), Int32(padding.left)))
  }
}
