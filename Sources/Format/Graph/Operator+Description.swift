/// An attribute's value, for tools that show or compare models.
public enum AttributeValue: Equatable, Sendable {
  /// A whole number.
  case integer(Int)
  /// A real number.
  case real(Float)
  /// An index into the model's tensors; nil for an optional one that is absent.
  case tensor(Int?)
}

extension Operator {
  /// The operator's name, as tools print it: `convolution`.
  public var name: String { describe().name }

  /// The operator's number in a file.
  public var code: UInt16 { describe().code }

  /// The attributes in file order, by name.
  public var attributes: [(name: String, value: AttributeValue)] { describe().attributes }

  /// The indices of the tensors that the operator names, in file order.
  public var tensorIndices: [Int] {
    var collector = TensorCollector()
    var copy = self
    // A collector throws nothing of its own either.
    do throws(FormatError) { try copy.visit(&collector) } catch {}
    return collector.indices
  }

  private func describe() -> Describer {
    var describer = Describer()
    var copy = self
    // A describer throws nothing of its own, and attributes throw only what their visitor throws.
    do throws(FormatError) { try copy.visit(&describer) } catch {}
    return describer
  }
}

private struct Describer: OperatorVisitor, AttributeVisitor {
  var name = ""
  var code: UInt16 = 0
  var attributes: [(name: String, value: AttributeValue)] = []

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    (name, code) = (D.name, D.code)
    try definition.visitAttributes(&self)
  }

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) { attributes.append((name.description, .integer(value))) }

  mutating func real(
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
  ) throws(FormatError) { attributes.append((name.description, .real(value))) }

  mutating func tensor(_ name: StaticString, _ index: inout Int) throws(FormatError) {
    attributes.append((name.description, .tensor(index)))
  }

  mutating func optionalTensor(_ name: StaticString, _ index: inout Int?) throws(FormatError) {
    attributes.append((name.description, .tensor(index)))
  }
}

/// Takes the tensors alone, and so hardly any memory.
private struct TensorCollector: OperatorVisitor, AttributeVisitor {
  var indices: [Int] = []

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    try definition.visitAttributes(&self)
  }

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) {}

  mutating func real(
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
  ) throws(FormatError) {}

  mutating func tensor(_ name: StaticString, _ index: inout Int) throws(FormatError) { indices.append(index) }

  mutating func optionalTensor(_ name: StaticString, _ index: inout Int?) throws(FormatError) {
    if let index { indices.append(index) }
  }
}
