/// What a node computes (spec section 6). The numbers and meanings are fixed for good: a changed operator gets a new version.
///
/// A new operator is one file in `Operators/`, and here a case, a line in the list of all and a line in the one switch.
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
  /// See ``Concatenate``.
  case concatenate(Concatenate)
  /// See ``PReLU``.
  case prelu(PReLU)
  /// See ``Clip``.
  case clip(Clip)
  /// See ``HardSwish``.
  case hardSwish(HardSwish)
  /// See ``Pad``.
  case pad(Pad)
  /// See ``UpsampleNearest``.
  case upsampleNearest(UpsampleNearest)
  /// See ``UpsampleBilinear``.
  case upsampleBilinear(UpsampleBilinear)

  /// Calls `body` with every operator of the format, in the order of their codes, with default attributes.
  ///
  /// The one list of them: what a reader knows, and what the tests ask of each operator, follows from it.
  private static func forEach(_ body: (Operator) -> Void) {
    body(.convolution(Convolution()))
    body(.linear(Linear()))
    body(.batchNorm(BatchNorm()))
    body(.relu(ReLU()))
    body(.maxPool(MaxPool()))
    body(.adaptiveAveragePool(AdaptiveAveragePool()))
    body(.flatten(Flatten()))
    body(.silu(SiLU()))
    body(.sigmoid(Sigmoid()))
    body(.averagePool(AveragePool()))
    body(.add(Add()))
    body(.multiply(Multiply()))
    body(.softmax(Softmax()))
    body(.concatenate(Concatenate()))
    body(.prelu(PReLU()))
    body(.clip(Clip()))
    body(.hardSwish(HardSwish()))
    body(.pad(Pad()))
    body(.upsampleNearest(UpsampleNearest()))
    body(.upsampleBilinear(UpsampleBilinear()))
  }

  /// Calls the visitor with this operator's definition, and keeps what the visitor changed: the one switch.
  mutating func visit<V: OperatorVisitor>(_ visitor: inout V) throws(V.Failure) {
    func apply<D: OperatorDefinition>(
      _ definition: D, _ wrap: (D) -> Operator
    ) throws(V.Failure) -> Operator {
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
    case .concatenate(let definition): self = try apply(definition) { .concatenate($0) }
    case .prelu(let definition): self = try apply(definition) { .prelu($0) }
    case .clip(let definition): self = try apply(definition) { .clip($0) }
    case .hardSwish(let definition): self = try apply(definition) { .hardSwish($0) }
    case .pad(let definition): self = try apply(definition) { .pad($0) }
    case .upsampleNearest(let definition): self = try apply(definition) { .upsampleNearest($0) }
    case .upsampleBilinear(let definition): self = try apply(definition) { .upsampleBilinear($0) }
    }
  }
}

extension Operator {
  /// Every operator of the format, in the order of their codes, with default attributes.
  public static var all: [Operator] {
    var all: [Operator] = []
    forEach { all.append($0) }
    return all
  }

  /// The newest set of operators that this program knows.
  static var newestSet: UInt16 {
    var newest: UInt16 = 0
    forEach { newest = max(newest, $0.newestSet) }
    return newest
  }

  /// The operator with this code, its attributes still at their defaults; nil when there is none.
  init?(code: UInt16) {
    var found: Operator?
    Self.forEach { if $0.code == code { found = $0 } }
    guard let found else { return nil }
    self = found
  }
}
