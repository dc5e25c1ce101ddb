extension Shape {
  /// The shape of an operation between the elements of two values.
  ///
  /// Dimensions must be equal, or one of them 1; it is then repeated. Beside a map `[C, H, W]`, a vector `[F]` counts as
  /// `[F, 1, 1]`.
  /// - Throws: `graph` when the two do not fit.
  public func broadcast(with other: Shape) throws(FormatError) -> Shape {
    let rank = max(rank, other.rank)
    let (a, b) = (filledUp(to: rank), other.filledUp(to: rank))
    var result: [Int] = []
    for (x, y) in zip(a, b) {
      guard x == y || x == 1 || y == 1 else {
        throw FormatError(
          .graph, "the inputs \(description) and \(other.description) cannot be broadcast to one shape.")
      }
      result.append(max(x, y))
    }
    return Shape(result)
  }

  private func filledUp(to rank: Int) -> [Int] {
    dimensions + [Int](repeating: 1, count: rank - self.rank)
  }
}
