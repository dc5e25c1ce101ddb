/// Sees the attributes of an operator one by one, and may change them.
public protocol AttributeVisitor {
  /// What it throws; `Never` for one that only looks.
  associatedtype Failure: Error

  /// A whole number, u16 in a file.
  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) throws(Failure)
  /// A number of a range, f32 in a file.
  mutating func real(_ name: StaticString, _ value: inout Float, in range: RealRange) throws(Failure)
  /// An index into the model's tensors, u16 in a file.
  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) throws(Failure)
  /// An index into the model's tensors or nil, u16 in a file with 65,535 for nil.
  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?) throws(Failure)
}

/// The numbers that a real attribute may be; none is infinite or NaN.
public enum RealRange: Sendable {
  /// Any that is finite.
  case finite
  /// Those from the smallest normal number on, so that nothing is divided by less.
  case positive

  /// Whether a number is one of them.
  public func contains(_ value: Float) -> Bool {
    switch self {
    case .finite: value.isFinite
    case .positive: value.isFinite && value >= 0x1p-126
    }
  }

  /// Which they are, in words.
  var description: StaticString {
    switch self {
    case .finite: "a finite number"
    case .positive: "a finite number of at least 2^-126"
    }
  }
}

/// Does something with an operator whose kind it need not know.
protocol OperatorVisitor {
  /// What it throws; `Never` for one that only looks.
  associatedtype Failure: Error

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(Failure)
}

extension OperatorVisitor where Self: AttributeVisitor {
  /// Sees the attributes of the version that the operator needs.
  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(Failure) {
    try definition.visitAttributes(&self, of: definition.version)
  }
}

/// Sees an operator's tensors alone, those that are there.
protocol TensorVisitor: OperatorVisitor, AttributeVisitor {}

extension TensorVisitor {
  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(Failure) {}

  mutating func real(
    _ name: StaticString, _ value: inout Float, in range: RealRange
  ) throws(Failure) {}

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(Failure) {
    guard var present = index else { return }
    try tensor(name, kind, &present)
    index = present
  }
}
