/// What a node computes (spec section 6). The numbers and meanings are fixed for good: a changed operator gets a new version.
///
/// A new operator is one file in `Operators/` and one line in each of the two switches below.
public enum Operator: Equatable, Sendable {
  /// See ``Convolution``.
  case convolution(Convolution)
  /// See ``Linear``.
  case linear(Linear)
  /// See ``BatchNorm``.
  case batchNorm(BatchNorm)
  /// See ``ReLU``.
  case relu(ReLU)
  /// See ``MaxPool``.
  case maxPool(MaxPool)
  /// See ``AdaptiveAveragePool``.
  case adaptiveAveragePool(AdaptiveAveragePool)
  /// See ``Flatten``.
  case flatten(Flatten)
  /// See ``SiLU``.
  case silu(SiLU)
  /// See ``Sigmoid``.
  case sigmoid(Sigmoid)
  /// See ``AveragePool``.
  case averagePool(AveragePool)
  /// See ``Add``.
  case add(Add)
  /// See ``Multiply``.
  case multiply(Multiply)
  /// See ``Softmax``.
  case softmax(Softmax)

  /// The operator with this code and version, its attributes still at their defaults; nil when it is unknown.
  init?(code: UInt16, version: UInt8) {
    guard version == 1 else { return nil }
    switch code {
    case Convolution.code: self = .convolution(Convolution())
    case Linear.code: self = .linear(Linear())
    case BatchNorm.code: self = .batchNorm(BatchNorm())
    case ReLU.code: self = .relu(ReLU())
    case MaxPool.code: self = .maxPool(MaxPool())
    case AdaptiveAveragePool.code: self = .adaptiveAveragePool(AdaptiveAveragePool())
    case Flatten.code: self = .flatten(Flatten())
    case SiLU.code: self = .silu(SiLU())
    case Sigmoid.code: self = .sigmoid(Sigmoid())
    case AveragePool.code: self = .averagePool(AveragePool())
    case Add.code: self = .add(Add())
    case Multiply.code: self = .multiply(Multiply())
    case Softmax.code: self = .softmax(Softmax())
    default: return nil
    }
  }

  /// Calls the visitor with this operator's definition, and keeps what the visitor changed.
  mutating func visit<V: OperatorVisitor>(_ visitor: inout V) throws(FormatError) {
    func apply<D: OperatorDefinition>(
      _ definition: D, _ wrap: (D) -> Operator
    ) throws(FormatError) -> Operator {
      var copy = definition
      try visitor.visit(&copy)
      return wrap(copy)
    }
    switch self {
    case .convolution(let definition): self = try apply(definition) { .convolution($0) }
    case .linear(let definition): self = try apply(definition) { .linear($0) }
    case .batchNorm(let definition): self = try apply(definition) { .batchNorm($0) }
    case .relu(let definition): self = try apply(definition) { .relu($0) }
    case .maxPool(let definition): self = try apply(definition) { .maxPool($0) }
    case .adaptiveAveragePool(let definition): self = try apply(definition) { .adaptiveAveragePool($0) }
    case .flatten(let definition): self = try apply(definition) { .flatten($0) }
    case .silu(let definition): self = try apply(definition) { .silu($0) }
    case .sigmoid(let definition): self = try apply(definition) { .sigmoid($0) }
    case .averagePool(let definition): self = try apply(definition) { .averagePool($0) }
    case .add(let definition): self = try apply(definition) { .add($0) }
    case .multiply(let definition): self = try apply(definition) { .multiply($0) }
    case .softmax(let definition): self = try apply(definition) { .softmax($0) }
    }
  }
}

/// One kind of operator: its identity, its attributes and its shape rule.
public protocol OperatorDefinition: Equatable, Sendable {
  /// The operator's number in a file.
  static var code: UInt16 { get }
  /// The operator's name, as tools print it.
  static var name: String { get }
  /// The number of values that a node of this kind takes.
  static var inputCount: Int { get }

  /// Makes the operator with default attributes.
  init()

  /// Shows each attribute to the visitor, in the order in which a file holds them.
  ///
  /// This one list is what the reader, the writer and the inspector go by.
  mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(FormatError)

  /// The shape of the output, or why inputs and tensors do not fit.
  func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape

  /// Multiply-adds for one image; operators that move or compare count none.
  func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int
}

extension OperatorDefinition {
  public static var inputCount: Int { 1 }
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(FormatError) {}
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int { 0 }
}

/// Sees the attributes of an operator one by one, and may change them.
public protocol AttributeVisitor {
  /// A whole number, u16 in a file.
  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) throws(FormatError)
  /// A finite number of at least `minimum`, f32 in a file.
  mutating func real(_ name: StaticString, _ value: inout Float, atLeast minimum: Float) throws(FormatError)
  /// An index into the model's tensors, u16 in a file.
  mutating func tensor(_ name: StaticString, _ index: inout Int) throws(FormatError)
  /// An index into the model's tensors or nil, u16 in a file with 65,535 for nil.
  mutating func optionalTensor(_ name: StaticString, _ index: inout Int?) throws(FormatError)
}

/// Does something with an operator whose kind it need not know.
protocol OperatorVisitor {
  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError)
}
