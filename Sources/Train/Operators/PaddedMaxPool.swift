public import FermFormat

extension MaxPool: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].maxPool(window: window, stride: stride, padding: padding)
  }
}

extension Variable {
  /// The largest value of each window, of any window, stride and padding; of equal ones, the first in row order.
  ///
  /// x: `[N, C, H, W]` -> `[N, C, H', W']` with sizes as for a convolution; padding never wins.
  public func maxPool(window: Extent, stride: Extent, padding: Padding = Padding()) -> Variable {
    if padding == Padding(), window == Extent(window.height), stride == Extent(stride.height),
      window.height <= 16
    {
      return maxPool(window: window.height, stride: stride.height)
    }
    let x = self
    let pool = PoolWindows(shape, window: window, stride: stride, padding: padding)
    let y = tape.tensor(pool.result)
    let (from, to) = (value.data, y.data)
    /// Calls `body` with each result's place and the place of the input that won.
    func eachWinner(_ body: (_ place: Int, _ winner: Int) -> Void) {
      pool.forEach(x.tape) { place, plane, rows, columns in
        var winner = plane + rows.lowerBound * pool.width + columns.lowerBound
        for r in rows {
          for c in columns where from[plane + r * pool.width + c] > from[winner] {
            winner = plane + r * pool.width + c
          }
        }
        body(place, winner)
      }
    }
    eachWinner { place, winner in to[place] = from[winner] }
    return tape.record(
      y, from: self, needsGradient: false,
      trace: { _ in .maxPool(FermFormat.MaxPool(window: window, stride: stride, padding: padding)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      let (given, to) = (dy.data, dx.data)
      eachWinner { place, winner in to[winner] += given[place] }
      x.accumulate(dx)
    }
  }
}

/// The windows of a pool over maps `[N, C, H, W]`.
struct PoolWindows {
  let planes: Int
  let height: Int
  let width: Int
  /// The shape of the result.
  let result: Shape
  private let window: Extent
  private let stride: Extent
  private let padding: Padding

  init(_ x: Shape, window: Extent, stride: Extent, padding: Padding) {
    planes = x[0] * x[1]
    (height, width) = (x[2], x[3])
    self.window = window
    self.stride = stride
    self.padding = padding
    result = Shape(
      x[0], x[1], (height + padding.top + padding.bottom - window.height) / stride.height + 1,
      (width + padding.left + padding.right - window.width) / stride.width + 1)
  }

  /// Calls `body` for each window with the result's place, the place where its plane of inputs begins, and its rows and
  /// columns within the map; the planes are shared out.
  @inline(__always)
  func forEach(
    _ tape: Tape, _ body: (_ place: Int, _ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    tape.pieces(64).share(planes) { part in
      for plane in part {
        for oy in 0..<result[2] {
          let top = oy * stride.height - padding.top
          let rows = max(top, 0)..<min(top + window.height, height)
          for ox in 0..<result[3] {
            let left = ox * stride.width - padding.left
            body(
              (plane * result[2] + oy) * result[3] + ox, plane * height * width, rows,
              max(left, 0)..<min(left + window.width, width))
          }
        }
      }
    }
  }
}
