internal import FermFormat
internal import FermKernels

extension MaxPool: RuntimeOperator {
  /// A convolution gives the largest of each 2x2 square as it writes its outputs.
  var fusion: Fusion { self == MaxPool(window: Extent(2), stride: Extent(2)) ? .halving : .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.addPool(FERM_WINDOW_MAX, window, stride, padding, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.pooling(window, stride, of: node)
  }
}

extension AveragePool: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.addPool(
      countPadding != 0 ? FERM_WHOLE_WINDOW_MEAN : FERM_WINDOW_MEAN, window, stride, padding, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.pooling(window, stride, of: node)
  }
}

extension AdaptiveAveragePool: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(
      .planes(scratch: 0) { task, planes, _ in
        unsafe task.pool(FERM_REGION_MEAN, ferm_window(), planes, columns: nil)
      }, for: node)
  }

  /// Regions overlap by one row and column at most.
  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * (4 * CostCounter.Units.pooled + CostCounter.Units.element)
  }
}

// MARK: - What pools have in common

extension Compiler {
  fileprivate mutating func addPool(
    _ kind: ferm_pooling, _ window: Extent, _ stride: Extent, _ padding: Padding, for node: Int
  ) {
    // Room for one row of the input, where the pool wants it.
    let scratch =
      PoolCost(window, stride).isSplit ? input(of: node).shape[2] * kernels.lanes : 0
    add(
      .planes(scratch: scratch) { task, planes, part in
        // SAFETY: the session took as much scratch for each part as its step that wants most.
        let columns = scratch > 0 ? unsafe task.scratch + part * scratch : nil
        unsafe task.pool(kind, ferm_window(window, stride, padding), planes, columns: columns)
      }, for: node)
  }
}

extension CostCounter {
  fileprivate func pooling(_ window: Extent, _ stride: Extent, of node: Int) -> Int64 {
    let (input, output) = (input(of: node), output(of: node))
    let operations = PoolCost(window, stride).operations(of: output, columns: input[2])
    return Int64(output[0].inWhole(Self.lanes)) * operations * Units.pooled
      + elements(of: node) * Units.element
  }
}

extension MapTask {
  fileprivate func pool(
    _ kind: ferm_pooling, _ window: ferm_window, _ planes: Range<Int>, columns: UnsafeMutablePointer<Float>?
  ) {
    let (input, output) = (step.input, step.output)
    unsafe kernels.table.pointee.pool(
      kind, window, from, input.pitch, to, output.pitch, Int32(blocks), planes.lowerBound,
      planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
      Int32(output.shape[2]), columns)
  }
}

/// How a pool goes over its windows.
private struct PoolCost {
  /// Whether it goes down first and then across, which for large windows that overlap is far less.
  let isSplit: Bool
  private let window: Extent

  init(_ window: Extent, _ stride: Extent) {
    let whole = window.height * window.width
    let split = window.height * stride.width + window.width
    isSplit = whole >= 64 && 2 * split < whole
    self.window = window
  }

  /// Comparisons or additions for one channel of the output, where the input has so many columns: going down takes all of
  /// these, however few outputs a row has.
  func operations(of output: Shape, columns: Int) -> Int64 {
    let (height, width) = (Int64(window.height), Int64(window.width))
    let row = isSplit ? Int64(columns) * height + Int64(output[2]) * width : Int64(output[2]) * height * width
    return Int64(output[1]) * row
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
