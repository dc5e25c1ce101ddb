/// Values one after the other along the channels (spec 6.7).
///
/// Maps `[C1, H, W]`, `[C2, H, W]`, ... -> `[C1 + C2 + ..., H, W]`; vectors likewise.
public struct Concatenate: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 14
  /// Its name in dumps and on pages.
  public static let name = "concatenate"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2
  /// It takes two to eight values.
  public static let inputCount = 2...8

  /// It has no attributes.
  public init() {}

  /// None.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {}

  /// The first input's with the channels of all. Throws `graph` where the rest of the shapes differs.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let first = inputs[0]
    guard first.rank == 1 || first.rank == 3 else {
      throw FormatError(.graph, "the inputs must be maps or vectors, not \(first.description).")
    }
    for other in inputs where other.dimensions.dropFirst() != first.dimensions.dropFirst() {
      throw FormatError(
        .graph,
        "the inputs \(first.description) and \(other.description) differ in more than their channels.")
    }
    return Shape([inputs.reduce(0) { $0 + $1[0] }] + first.dimensions.dropFirst())
  }

  /// None: it moves.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}
