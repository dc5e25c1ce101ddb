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
    let input = value
    let pool = PoolWindows(shape, window: window, stride: stride, padding: padding)
    let y = tape.tensor(pool.result)
    input.withSpan { x in
      pool.fill(y, tape) { plane, rows, columns in x[pool.winner(x, plane, rows, columns)] }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .maxPool(FermFormat.MaxPool(window: window, stride: stride, padding: padding)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      input.withSpan { input in
        pool.spread(dy, over: dx, x.tape) { dx, given, plane, first, rows, columns in
          dx[pool.winner(input, plane, rows, columns) - plane + first] += given
        }
      }
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

  /// Rows and columns of the map that a result's window covers.
  private func covered(_ oy: Int, _ ox: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let (top, left) = (oy * stride.height - padding.top, ox * stride.width - padding.left)
    return (
      max(top, 0)..<min(top + window.height, height), max(left, 0)..<min(left + window.width, width)
    )
  }

  /// Where the largest input of a window lies; of equal ones, the first in row order.
  func winner(_ x: Span<Float>, _ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    var winner = plane + rows.lowerBound * width + columns.lowerBound
    var best = x[winner]
    for r in rows {
      for c in columns where x[plane + r * width + c] > best {
        winner = plane + r * width + c
        best = x[winner]
      }
    }
    return winner
  }

  /// Gives each result what `body` says of its window: the place where its plane of inputs begins, and the rows and columns
  /// of it that the window covers.
  @inline(__always)
  func fill(
    _ y: Tensor, _ tape: Tape, _ body: (_ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Float
  ) {
    y.writeItems(planes, tape.pieces(64)) { part, y in
      var place = 0
      for plane in part {
        for oy in 0..<result[2] {
          for ox in 0..<result[3] {
            let (rows, columns) = covered(oy, ox)
            y[place] = body(plane * height * width, rows, columns)
            place += 1
          }
        }
      }
    }
  }

  /// Has `body` add each result's gradient to the gradients of its window: in `dx`, whose plane begins at `first`.
  @inline(__always)
  func spread(
    _ dy: Tensor, over dx: Tensor, _ tape: Tape,
    _ body: (
      _ dx: inout MutableSpan<Float>, _ given: Float, _ plane: Int, _ first: Int, _ rows: Range<Int>,
      _ columns: Range<Int>
    ) -> Void
  ) {
    dy.withSpan { dy in
      dx.writeItems(planes, tape.pieces(64)) { part, dx in
        for plane in part {
          for oy in 0..<result[2] {
            for ox in 0..<result[3] {
              let (rows, columns) = covered(oy, ox)
              body(
                &dx, dy[(plane * result[2] + oy) * result[3] + ox], plane * height * width,
                (plane - part.lowerBound) * height * width, rows, columns)
            }
          }
        }
      }
    }
  }
}
