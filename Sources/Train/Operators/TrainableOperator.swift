internal import FermFormat

/// What the trainer knows of an operator of the format: how a node of a graph becomes a call on a tape.
///
/// Each operator says it in the file that has its forward and backward pass. Nothing here has a default.
protocol TrainableOperator: OperatorDefinition {
  /// The value of a node, on the tape of its inputs.
  ///
  /// - Parameter parameters: by tensor of the model.
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable
}

extension Operator {
  /// The definition as the trainer knows it: the one switch of the trainer.
  var trainable: any TrainableOperator {
    switch self {
    case .convolution(let definition): definition
    case .linear(let definition): definition
    case .batchNorm(let definition): definition
    case .relu(let definition): definition
    case .maxPool(let definition): definition
    case .adaptiveAveragePool(let definition): definition
    case .flatten(let definition): definition
    case .silu(let definition): definition
    case .sigmoid(let definition): definition
    case .averagePool(let definition): definition
    case .add(let definition): definition
    case .multiply(let definition): definition
    case .softmax(let definition): definition
    case .concatenate(let definition): definition
    case .prelu(let definition): definition
    case .clip(let definition): definition
    case .hardSwish(let definition): definition
    case .pad(let definition): definition
    case .upsampleNearest(let definition): definition
    case .upsampleBilinear(let definition): definition
    }
  }
}
