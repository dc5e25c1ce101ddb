internal import FermFormat
internal import Foundation

/// How the weights of a layer begin.
public enum Initialisation: Sendable {
  /// PyTorch's default: weights and biases drawn evenly, by the number of inputs that an output has.
  case fanIn
  /// What residual networks and those of Google begin with (He et al., 2015): weights by the number of outputs that an input
  /// has, those of convolutions drawn from a normal distribution, those of fully connected layers evenly; biases are 0.
  case fanOut
}

/// Makes named, initialised parameters one after the other; PyTorch's default initialisation where a layer is not told another.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let first = LinearLayer(&make, "lin1", from: 256, to: 64)
/// let second = LinearLayer(&make, "lin2", from: 64, to: 7)
/// let names = make.parameters.map { $0.name }  // lin1.weight, lin1.bias, lin2.weight, lin2.bias
/// ```
public struct ParameterMaker {
  private var random: RandomNumbers
  /// What was made so far, in order.
  public private(set) var parameters: [Parameter] = []

  /// Starts with a seed; the same calls then give the same values.
  public init(seed: UInt64) { random = RandomNumbers(seed: seed, 0x696E_6974) }

  /// Values drawn evenly from `-bound` to `bound`.
  mutating func uniform(_ name: String, _ kind: Parameter.Kind, _ shape: Shape, bound: Float) -> Parameter {
    let tensor = Tensor(unfilled: shape)
    tensor.withMutableSpan { values in
      for i in values.indices { values[i] = (2 * random.uniform() - 1) * bound }
    }
    return add(Parameter(name, kind, tensor))
  }

  /// Values from the normal distribution with mean 0.
  mutating func normal(_ name: String, _ kind: Parameter.Kind, _ shape: Shape, deviation: Double) -> Parameter
  {
    let tensor = Tensor(unfilled: shape)
    tensor.withMutableSpan { values in
      for i in stride(from: 0, to: values.count, by: 2) {
        let (first, second) = random.normals(deviation: deviation)
        values[i] = Float(first)
        if i + 1 < values.count { values[i + 1] = Float(second) }
      }
    }
    return add(Parameter(name, kind, tensor))
  }

  /// A layer's weight `[outputs, inputs / groups, ...]`.
  mutating func weight(
    _ name: String, _ kind: Parameter.Kind, _ shape: Shape, groups: Int = 1,
    _ initialisation: Initialisation
  ) -> Parameter {
    switch initialisation {
    case .fanIn: return uniform(name, kind, shape, bound: shape.fanInBound)
    case .fanOut where shape.rank == 2:
      return uniform(name, kind, shape, bound: 1 / Float(shape[0]).squareRoot())
    case .fanOut:
      let outputs = shape.count / shape[1] / groups
      return normal(name, kind, shape, deviation: (2 / Double(outputs)).squareRoot())
    }
  }

  /// The bias that stands beside a weight of this shape.
  mutating func bias(
    _ name: String, _ kind: Parameter.Kind, _ count: Int, beside weight: Shape,
    _ initialisation: Initialisation
  ) -> Parameter {
    switch initialisation {
    case .fanIn: uniform(name, kind, Shape(count), bound: weight.fanInBound)
    case .fanOut: constant(name, kind, count, 0)
    }
  }

  /// The same value everywhere.
  mutating func constant(_ name: String, _ kind: Parameter.Kind, _ count: Int, _ value: Float) -> Parameter {
    add(Parameter(name, kind, Tensor([Float](repeating: value, count: count), shape: Shape(count))))
  }

  private mutating func add(_ parameter: Parameter) -> Parameter {
    parameters.append(parameter)
    return parameter
  }
}

extension Shape {
  /// PyTorch's default for a weight: drawn evenly up to one over the root of the inputs that an output has.
  fileprivate var fanInBound: Float { 1 / Float(dimensions.dropFirst().reduce(1, *)).squareRoot() }
}

/// A square convolution: `[N, inputs, H, W]` -> `[N, outputs, H', W']`; depthwise with as many groups as inputs.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let whole = ConvolutionLayer(&make, "conv1", from: 1, to: 32)
/// let depthwise = ConvolutionLayer(&make, "conv2", from: 32, to: 32, stride: 2, groups: 32)
/// let tape = Tape(.evaluation, workers: try Workers())
/// let y = depthwise(whole(tape.input(Tensor(zeros: Shape(1, 1, 44, 44)))))  // [1, 32, 22, 22]
/// ```
///
/// Cost: `N H' W' outputs inputs / groups window^2` multiply-adds; the fast engine does with fewer for 3x3 windows at stride 1.
public struct ConvolutionLayer {
  let weight: Parameter
  let bias: Parameter?
  private let window: Int
  private let stride: Int
  private let padding: Int?
  private let groups: Int
  private let dilation: Int

  /// Makes `name.weight` and, unless a normalisation that follows has one, `name.bias`.
  ///
  /// - Parameter padding: zeros on each of the four sides; nil for TensorFlow's `SAME`: as many as give an output of the input's
  ///   side divided by the stride, and where that is an odd number one more below and to the right.
  public init(
    _ make: inout ParameterMaker, _ name: String, from inputs: Int, to outputs: Int, window: Int = 3,
    stride: Int = 1, padding: Int? = 1, groups: Int = 1, dilation: Int = 1, bias hasBias: Bool = true,
    initialisation: Initialisation = .fanIn
  ) {
    let shape = Shape(outputs, inputs / groups, window, window)
    weight = make.weight("\(name).weight", .weight, shape, groups: groups, initialisation)
    bias = hasBias ? make.bias("\(name).bias", .bias, outputs, beside: shape, initialisation) : nil
    (self.window, self.stride, self.padding) = (window, stride, padding)
    (self.groups, self.dilation) = (groups, dilation)
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable {
    x.convolution(
      weight, bias: bias, stride: Extent(stride), padding: padding(x.shape), groups: groups,
      dilation: Extent(dilation))
  }

  /// The padding of inputs `[N, C, H, W]`.
  private func padding(_ input: Shape) -> Padding {
    if let padding { return Padding(padding) }
    func both(_ side: Int) -> Int {
      let last = (side + stride - 1) / stride - 1
      return max(last * stride + (window - 1) * dilation + 1 - side, 0)
    }
    let (rows, columns) = (both(input[2]), both(input[3]))
    return Padding(top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
  }
}

/// A fully connected layer: `[N, inputs]` -> `[N, outputs]`, in `N inputs outputs` multiply-adds.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let layer = LinearLayer(&make, "lin", from: 256, to: 7)
/// let tape = Tape(.evaluation, workers: try Workers())
/// let y = layer(tape.input(Tensor(zeros: Shape(16, 256))))  // [16, 7]
/// ```
public struct LinearLayer {
  let weight: Parameter
  let bias: Parameter
  /// Weight and bias, each with one row for each output.
  public var parameters: [Parameter] { [weight, bias] }

  /// Makes `name.weight` and `name.bias`.
  public init(
    _ make: inout ParameterMaker, _ name: String, from inputs: Int, to outputs: Int,
    initialisation: Initialisation = .fanIn
  ) {
    let shape = Shape(outputs, inputs)
    weight = make.weight("\(name).weight", .weight, shape, initialisation)
    bias = make.bias("\(name).bias", .bias, outputs, beside: shape, initialisation)
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable { x.linear(weight, bias: bias) }
}

/// A rectifier with a slope below zero for each channel: `[N, channels, H, W]` or `[N, channels]` -> the same.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let convolution = ConvolutionLayer(&make, "conv", from: 1, to: 32)
/// let slopes = PReLULayer(&make, "act", 32)
/// func block(_ x: Variable) -> Variable { slopes(convolution(x)) }
/// ```
public struct PReLULayer {
  /// What all slopes begin with.
  static let first: Float = 0.25
  let slope: Parameter

  /// Makes `name.weight`, as PyTorch calls the slopes; all begin with 1/4. With one channel the slope is that of all.
  public init(_ make: inout ParameterMaker, _ name: String, _ channels: Int) {
    slope = make.constant("\(name).weight", .slope, channels, Self.first)
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable { x.prelu(slope) }
}

/// A batch normalisation: `[N, channels, H, W]` or `[N, channels]` -> the same.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let convolution = ConvolutionLayer(&make, "conv", from: 1, to: 32)
/// let norm = BatchNormLayer(&make, "bn", 32)
/// func block(_ x: Variable) -> Variable { norm(convolution(x)).relu() }
/// ```
///
/// In training it normalises by the batch and moves its running statistics; ``Tape/movesStatistics`` says otherwise.
public struct BatchNormLayer {
  let state: BatchNormState

  /// Makes `name.weight`, `name.bias`, `name.running_mean` and `name.running_var`.
  ///
  /// - Parameters:
  ///   - scale: what the weights begin with; with 0, a block that is added to something begins by adding nothing.
  ///   - epsilon: added to the variance.
  public init(
    _ make: inout ParameterMaker, _ name: String, _ channels: Int, scale: Float = 1, epsilon: Float = 1e-5
  ) {
    state = BatchNormState(
      weight: make.constant("\(name).weight", .norm, channels, scale),
      bias: make.constant("\(name).bias", .norm, channels, 0),
      mean: make.constant("\(name).running_mean", .statistic, channels, 0),
      variance: make.constant("\(name).running_var", .statistic, channels, 1), epsilon: epsilon)
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable { x.batchNorm(state) }
}
