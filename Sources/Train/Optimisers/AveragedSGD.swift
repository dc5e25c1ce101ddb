internal import Foundation

/// Averaged SGD (Polyak and Juditsky, 1992), with PyTorch's decaying step size.
///
/// The average itself is ``WeightAverage``'s, which holds the running statistics of batch norm as well.
public struct AveragedSGD: UpdateRule {
  /// How fast the step size falls.
  public var decayTerm: Double
  /// The power of the fall.
  public var power: Double

  /// None: the average is ``WeightAverage``'s.
  public let buffers: [String] = []
  /// The average is the result.
  public let averages = true

  /// Makes the rule.
  public init(decayTerm: Double = 1e-4, power: Double = 0.75) {
    self.decayTerm = decayTerm
    self.power = power
  }

  /// A step of plain descent whose size falls with the number of steps.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let decay = slice.decay
    let eta = learningRate / pow(1 + decayTerm * learningRate * Double(step - 1), power)
    let (kept, rate) = (Float(1 - decayTerm * eta), Float(eta))
    for i in slice.weights.indices {
      let slope = slice.gradients[i] + decay * slice.weights[i]
      slice.weights[i] = slice.weights[i] * kept - rate * slope
    }
  }
}
