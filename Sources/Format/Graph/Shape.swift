/// The dimensions of a value without its batch dimension, or of a tensor; outermost first.
public struct Shape: Equatable, Sendable {
  /// The dimensions; a feature map is `[C, H, W]`, a vector `[F]`.
  public var dimensions: [Int]

  /// Makes a shape from its dimensions.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  /// Makes a shape from its dimensions.
  public init(_ dimensions: Int...) { self.dimensions = dimensions }

  /// The number of dimensions.
  public var rank: Int { dimensions.count }
  /// The product of the dimensions; 1 for rank 0. Cannot overflow for a shape within ``Limits``.
  public var count: Int { dimensions.reduce(1, *) }
  /// One dimension.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The shape as people write it: `64x1x3x3`.
  public var description: String {
    var text = ""
    for (i, dimension) in dimensions.enumerated() { text += i == 0 ? "\(dimension)" : "x\(dimension)" }
    return text.isEmpty ? "scalar" : text
  }

  /// Checks rank, every dimension and the product against ``Limits``.
  func validate(_ what: String) throws(FormatError) {
    guard rank <= Limits.rank else {
      throw FormatError(.limit, "\(what) has \(rank) dimensions; at most \(Limits.rank) are allowed.")
    }
    var count: Int64 = 1
    for dimension in dimensions {
      guard dimension >= 1, dimension <= Limits.dimension else {
        throw FormatError(
          .limit, "\(what) has a dimension of \(dimension); it must be 1 to \(Limits.dimension).")
      }
      count *= Int64(dimension)
      guard count <= Limits.elements else {
        throw FormatError(.limit, "\(what) has more than \(Limits.elements) elements.")
      }
    }
  }
}
