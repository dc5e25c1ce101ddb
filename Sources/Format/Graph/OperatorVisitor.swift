/// Sees the attributes of an operator one by one, and may change them.
public protocol AttributeVisitor {
  /// What it throws; `Never` for one that only looks.
  associatedtype Failure: Error

  /// A whole number, u16 in a file.
  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) throws(Failure)
  /// A finite number of at least `minimum`, f32 in a file.
  mutating func real(_ name: StaticString, _ value: inout Float, atLeast minimum: Float) throws(Failure)
  /// An index into the model's tensors, u16 in a file.
  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) throws(Failure)
  /// An index into the model's tensors or nil, u16 in a file with 65,535 for nil.
  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?) throws(Failure)
}

/// Does something with an operator whose kind it need not know.
protocol OperatorVisitor {
  /// What it throws; `Never` for one that only looks.
  associatedtype Failure: Error

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(Failure)
}

extension OperatorVisitor where Self: AttributeVisitor {
  /// Sees the attributes.
  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(Failure) {
    try definition.visitAttributes(&self)
  }
}

/// Sees an operator's tensors alone, those that are there.
protocol TensorVisitor: OperatorVisitor, AttributeVisitor {}

extension TensorVisitor {
  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(Failure) {}

  mutating func real(
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
  ) throws(Failure) {}

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(Failure) {
    guard var present = index else { return }
    try tensor(name, kind, &present)
    index = present
  }
}
