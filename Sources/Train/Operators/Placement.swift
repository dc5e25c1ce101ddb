internal import FermFormat

/// Where values `[N, C, H, W]` or `[N, F]` lie in larger ones of the same rank and batch.
struct Placement {
  private let images: Int
  /// Rows that lie together in both: how many of an image, and their elements.
  private let rows: (channels: Int, inChannel: Int, width: Int)
  /// Elements of an image, of a channel and of a row, and where the first element lies.
  private let small: (each: Int, plane: Int, row: Int)
  private let large: (each: Int, plane: Int, row: Int)
  private let corner: Int

  /// Puts the first element of `small` at a channel, row and column of `large`.
  ///
  /// - Precondition: it fits.
  init(_ small: Shape, in large: Shape, channel: Int, row: Int = 0, column: Int = 0) {
    func map(_ shape: Shape) -> (channels: Int, height: Int, width: Int) {
      shape.rank == 4 ? (shape[1], shape[2], shape[3]) : (shape[1], 1, 1)
    }
    let (a, b) = (map(small), map(large))
    precondition(
      small.rank == large.rank && small[0] == large[0] && channel + a.channels <= b.channels
        && row + a.height <= b.height && column + a.width <= b.width,
      "\(small.description) does not fit into \(large.description)")
    images = small[0]
    let isWhole = a.height == b.height && a.width == b.width
    rows = isWhole ? (1, 1, a.channels * a.height * a.width) : (a.channels, a.height, a.width)
    self.small = (a.channels * a.height * a.width, a.height * a.width, a.width)
    self.large = (b.channels * b.height * b.width, b.height * b.width, b.width)
    corner = (channel * b.height + row) * b.width + column
  }

  /// Calls `body` with where each row of an image begins in both.
  @inline(__always)
  private func forEachRow(_ body: (_ small: Int, _ large: Int) -> Void) {
    for channel in 0..<rows.channels {
      for row in 0..<rows.inChannel {
        body(
          channel * small.plane + row * small.row, corner + channel * large.plane + row * large.row)
      }
    }
  }

  /// Writes the smaller value into the larger one, which keeps the rest.
  func put(_ x: Tensor, into y: Tensor, _ tape: Tape) {
    x.withSpan { x in
      y.writeItems(images, tape) { part, y in
        for n in part {
          forEachRow { from, to in
            let (from, to) = (n * small.each + from, (n - part.lowerBound) * large.each + to)
            for i in 0..<rows.width { y[to + i] = x[from + i] }
          }
        }
      }
    }
  }

  /// Writes the smaller value from its place in the larger one.
  func take(_ x: Tensor, from y: Tensor, _ tape: Tape) {
    y.withSpan { y in
      x.writeItems(images, tape) { part, x in
        for n in part {
          forEachRow { to, from in
            let (to, from) = ((n - part.lowerBound) * small.each + to, n * large.each + from)
            for i in 0..<rows.width { x[to + i] = y[from + i] }
          }
        }
      }
    }
  }
}
