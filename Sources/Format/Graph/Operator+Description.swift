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
  public var name: String { identity.name }

  /// The operator's number in a file.
  public var code: UInt16 { identity.code }

  /// The first set of operators that has it.
  public var operatorSet: UInt16 { identity.operatorSet }

  /// The number of values that a node of this kind takes.
  public var inputCount: Int { identity.inputCount }

  /// The attributes in file order, by name.
  public var attributes: [(name: String, value: AttributeValue)] { seen(by: Describer()).attributes }

  /// The tensors that the operator names, by index and in file order, and what it has each for.
  public var tensors: [(index: Int, kind: TensorKind)] { seen(by: TensorCollector()).tensors }

  private var identity: Identity { seen(by: Identity()) }

  /// What a visitor that only looks has seen.
  private func seen<V: OperatorVisitor>(by visitor: V) -> V where V.Failure == Never {
    var (copy, visitor) = (self, visitor)
    copy.visit(&visitor)
    return visitor
  }
}

extension Graph {
  /// The oldest set of operators that has all of the graph's, which is what a file states.
  var operatorSet: UInt16 { nodes.reduce(1) { max($0, $1.operator.operatorSet) } }
}

private struct Identity: OperatorVisitor {
  var name = ""
  var code: UInt16 = 0
  var operatorSet: UInt16 = 0
  var inputCount = 0

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) {
    (name, code, operatorSet, inputCount) = (D.name, D.code, D.operatorSet, D.inputCount)
  }
}

private struct Describer: OperatorVisitor, AttributeVisitor {
  var attributes: [(name: String, value: AttributeValue)] = []

  mutating func integer(_ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) {
    attributes.append((name.description, .integer(value)))
  }

  mutating func real(_ name: StaticString, _ value: inout Float, atLeast minimum: Float) {
    attributes.append((name.description, .real(value)))
  }

  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) {
    attributes.append((name.description, .tensor(index)))
  }

  mutating func optionalTensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int?) {
    attributes.append((name.description, .tensor(index)))
  }
}

/// Takes the tensors alone, and so hardly any memory.
private struct TensorCollector: TensorVisitor {
  var tensors: [(index: Int, kind: TensorKind)] = []

  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) {
    tensors.append((index, kind))
  }
}
