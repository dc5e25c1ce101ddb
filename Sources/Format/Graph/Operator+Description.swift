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

  /// The oldest version that can say what the attributes say, which is what a writer writes.
  public var version: UInt8 { identity.version }

  /// The newest version that this program knows; the first is 1.
  public var newestVersion: UInt8 { identity.newestVersion }

  /// The set of operators that ``version`` came with.
  public var operatorSet: UInt16 { identity.operatorSet }

  /// The set of operators that a version came with; nil for one that this program does not know.
  public func operatorSet(of version: UInt8) -> UInt16? { seen(by: VersionFinder(version)).operatorSet }

  /// The set of operators that the newest version came with.
  var newestSet: UInt16 { identity.newestSet }

  /// The numbers of values that a node of this kind may take.
  public var inputCount: ClosedRange<Int> { identity.inputCount }

  /// The attributes of ``version`` in file order, by name.
  public var attributes: [(name: String, value: AttributeValue)] { attributes(of: version) }

  /// The attributes of a version in file order, by name.
  public func attributes(of version: UInt8) -> [(name: String, value: AttributeValue)] {
    seen(by: Describer(version: version)).attributes
  }

  /// Shows every attribute of the newest version to a visitor, which may change them.
  package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    var all = EveryAttribute(visitor: visitor)
    defer { visitor = all.visitor }
    try visit(&all)
  }

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

extension Node {
  /// The operator's attributes in file order, by name, as the version has them that the node states.
  public var attributes: [(name: String, value: AttributeValue)] { `operator`.attributes(of: version) }
}

extension Graph {
  /// The oldest set of operators that has all of the graph's, which is what a file states.
  var operatorSet: UInt16 { nodes.reduce(1) { max($0, $1.operator.operatorSet) } }
}

private struct Identity: OperatorVisitor {
  var name = ""
  var code: UInt16 = 0
  var version: UInt8 = 1
  var newestVersion: UInt8 = 1
  var operatorSet: UInt16 = 0
  var newestSet: UInt16 = 0
  var inputCount = 1...1

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) {
    (name, code, version, inputCount) = (D.name, D.code, definition.version, D.inputCount)
    newestVersion = D.newestVersion
    operatorSet = D.operatorSet(of: version)
    newestSet = D.operatorSet(of: newestVersion)
  }
}

private struct VersionFinder: OperatorVisitor {
  let version: UInt8
  var operatorSet: UInt16?

  init(_ version: UInt8) { self.version = version }

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) {
    if version >= 1, version <= D.newestVersion { operatorSet = D.operatorSet(of: version) }
  }
}

private struct Describer: OperatorVisitor, AttributeVisitor {
  /// Whose attributes are shown.
  let version: UInt8
  var attributes: [(name: String, value: AttributeValue)] = []

  mutating func integer(_ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>) {
    attributes.append((name.description, .integer(value)))
  }

  mutating func real(_ name: StaticString, _ value: inout Float, in range: RealRange) {
    attributes.append((name.description, .real(value)))
  }

  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) {
    attributes.append((name.description, .tensor(index)))
  }

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) {
    definition.visitAttributes(&self, of: version)
  }

  mutating func optionalTensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int?) {
    attributes.append((name.description, .tensor(index)))
  }
}

/// Shows a visitor what the newest version has, which may be more than the attributes need so far.
private struct EveryAttribute<V: AttributeVisitor>: OperatorVisitor {
  var visitor: V

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(V.Failure) {
    try definition.visitAttributes(&visitor, of: D.newestVersion)
  }
}

/// Takes the tensors alone, and so hardly any memory.
private struct TensorCollector: TensorVisitor {
  var tensors: [(index: Int, kind: TensorKind)] = []

  mutating func tensor(_ name: StaticString, _ kind: TensorKind, _ index: inout Int) {
    tensors.append((index, kind))
  }
}
