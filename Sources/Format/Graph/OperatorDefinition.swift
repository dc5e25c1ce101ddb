/// One kind of operator: its identity, its attributes, its shape rule and its work.
///
/// Nothing here has a default. What several operators have in common is a protocol of its own that says so:
/// ``SingleVersion``, ``Activation``, ``Combination``,
/// ``Pool``.
public protocol OperatorDefinition: Equatable, Sendable {
  /// The operator's number in a file.
  static var code: UInt16 { get }
  /// The operator's name, as tools print it.
  static var name: String { get }
  /// The newest of its versions, which count from 1.
  static var newestVersion: UInt8 { get }
  /// The set of operators that a version came with; a file states the newest set of its nodes.
  static func operatorSet(of version: UInt8) -> UInt16
  /// The numbers of values that a node of this kind may take.
  static var inputCount: ClosedRange<Int> { get }

  /// The oldest version that can say what the attributes say, which is what a writer writes.
  var version: UInt8 { get }

  /// Makes the operator with default attributes.
  init()

  /// Shows each attribute of a version to the visitor, in the order in which a file holds them.
  ///
  /// This one list is what reader, writer, validation, the trainer's parameters and every tool go by.
  mutating func visitAttributes<V: AttributeVisitor>(
    _ visitor: inout V, of version: UInt8
  ) throws(V.Failure)

  /// The shape of the output, or why inputs and tensors do not fit.
  func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape

  /// Multiply-adds for one image (spec 6.6); operators that move or compare count none.
  func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64
}

/// An operator that has had no second version.
public protocol SingleVersion: OperatorDefinition {
  /// The set of operators that it came with.
  static var operatorSet: UInt16 { get }

  /// Shows each attribute to the visitor, in the order in which a file holds them.
  mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure)
}

extension SingleVersion {
  /// The first.
  public static var newestVersion: UInt8 { 1 }
  /// The set that it came with.
  public static func operatorSet(of version: UInt8) -> UInt16 { operatorSet }
  /// The first.
  public var version: UInt8 { 1 }
  /// All attributes.
  public mutating func visitAttributes<V: AttributeVisitor>(
    _ visitor: inout V, of version: UInt8
  ) throws(V.Failure) {
    try visitAttributes(&visitor)
  }
}

/// An operator without attributes on one value of any shape, which it keeps.
public protocol Activation: SingleVersion {}

extension Activation {
  /// It takes one value.
  public static var inputCount: ClosedRange<Int> { 1...1 }
  /// None.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {}
  /// The input's.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    inputs[0]
  }
  /// None, by the specification's counting.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}

/// An operator without attributes on two values, element by element with broadcast (spec 6.5).
public protocol Combination: SingleVersion {}

extension Combination {
  /// It takes two values.
  public static var inputCount: ClosedRange<Int> { 2...2 }
  /// None.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {}
  /// Both inputs' after broadcast. Throws `graph` where they do not fit.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    try inputs[0].broadcast(with: inputs[1])
  }
  /// None, by the specification's counting.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}

/// An operator that takes one number of each window of a map, channel by channel (spec 6.3).
public protocol Pool: SingleVersion {
  /// Height and width of the window.
  var window: Extent { get set }
  /// Vertical and horizontal step.
  var stride: Extent { get set }
  /// Rows and columns around the input; less than the window on each side.
  var padding: Padding { get set }
}

extension Pool {
  /// It takes one value.
  public static var inputCount: ClosedRange<Int> { 1...1 }
  /// `[C, H', W']`. Throws `graph` where the window does not fit, or is no larger than the padding.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    try x.requireMap()
    try padding.requireSmaller(than: window)
    return try x.sliding(window, channels: x[0], stride: stride, padding: padding)
  }
  /// None: it compares or adds.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }

  /// Shows the visitor what all pools have.
  mutating func visitWindow<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try window.visit(&visitor, "window_height", "window_width", in: 1...64)
    try stride.visit(&visitor, "stride_height", "stride_width", in: 1...64)
    try padding.visit(&visitor)
  }
}

/// What an operator has a tensor for: it decides what a reader asks of the elements, and how a trainer treats them.
public enum TensorKind: Equatable, Sendable {
  /// Weights that are multiplied with inputs; a layer has its name from them.
  case weight
  /// A summand of each output.
  case bias
  /// The scale or shift of a normalisation.
  case norm
  /// The slopes of a rectifier below zero.
  case slope
  /// A running mean, which no gradient trains.
  case mean
  /// A running variance, which no gradient trains; the operator takes its root, so no element may be below zero.
  case variance
}
