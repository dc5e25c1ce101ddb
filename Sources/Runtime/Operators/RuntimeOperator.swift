internal import FermFormat

/// What the runtime knows of an operator: how its nodes become steps of a plan, and what those cost.
///
/// Each operator of the format says it in a file of its own beside this one. Nothing here has a default.
protocol RuntimeOperator: OperatorDefinition {
  /// What a convolution or a linear layer does in its own pass when it alone is followed by such a node.
  var fusion: Fusion { get }
  /// Whether it reads a map as it lies where its input is the map as a vector, so that nobody need copy it.
  var readsMaps: Bool { get }

  /// Adds the steps of a node; the first node that is not fused into another.
  ///
  /// - Throws: what weights throw when they are read, `memory`.
  func addSteps(of node: Int, to compiler: inout Compiler) throws(FormatError)

  /// The work of a node for one image, in the units of ``ExecutionCost/work``; its weights and copies are added to the
  /// counter's.
  func work(of node: Int, in counter: inout CostCounter) -> Int64
}

/// What a layer with weights can do on the way in place of the node that follows it.
enum Fusion {
  /// Nothing: the node has steps of its own.
  case none
  /// A factor and a summand for each output, folded into weights and bias.
  case norm(BatchNorm)
  /// The rectifier.
  case rectifier
  /// The largest of each 2x2 square of a convolution's outputs.
  case halving
  /// The sum with another map that is there already.
  case sum
  /// Channels of zeros behind those of a map that is added.
  case widening
  /// Another activation than the rectifier.
  case activation(Activation)
}

/// Does something with an operator as the runtime knows it.
protocol RuntimeOperatorVisitor {
  associatedtype Failure: Error

  mutating func visit(_ definition: some RuntimeOperator) throws(Failure)
}

extension Operator {
  /// Calls the visitor with this operator's definition: the one switch of the runtime.
  func visit<V: RuntimeOperatorVisitor>(_ visitor: inout V) throws(V.Failure) {
    switch self {
    case .convolution(let definition): try visitor.visit(definition)
    case .linear(let definition): try visitor.visit(definition)
    case .batchNorm(let definition): try visitor.visit(definition)
    case .relu(let definition): try visitor.visit(definition)
    case .maxPool(let definition): try visitor.visit(definition)
    case .adaptiveAveragePool(let definition): try visitor.visit(definition)
    case .flatten(let definition): try visitor.visit(definition)
    case .silu(let definition): try visitor.visit(definition)
    case .sigmoid(let definition): try visitor.visit(definition)
    case .averagePool(let definition): try visitor.visit(definition)
    case .add(let definition): try visitor.visit(definition)
    case .multiply(let definition): try visitor.visit(definition)
    case .softmax(let definition): try visitor.visit(definition)
    case .concatenate(let definition): try visitor.visit(definition)
    case .prelu(let definition): try visitor.visit(definition)
    case .clip(let definition): try visitor.visit(definition)
    case .hardSwish(let definition): try visitor.visit(definition)
    case .pad(let definition): try visitor.visit(definition)
    case .upsampleNearest(let definition): try visitor.visit(definition)
    case .upsampleBilinear(let definition): try visitor.visit(definition)
    }
  }

  /// See ``RuntimeOperator/fusion``.
  var fusion: Fusion { traits.fusion }
  /// See ``RuntimeOperator/readsMaps``.
  var readsMaps: Bool { traits.readsMaps }

  private var traits: Traits {
    var traits = Traits()
    visit(&traits)
    return traits
  }
}

private struct Traits: RuntimeOperatorVisitor {
  var fusion = Fusion.none
  var readsMaps = false

  mutating func visit(_ definition: some RuntimeOperator) {
    (fusion, readsMaps) = (definition.fusion, definition.readsMaps)
  }
}
