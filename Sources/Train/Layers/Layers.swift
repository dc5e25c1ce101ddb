internal import FermFormat

/// Makes named, initialised parameters one after the other; PyTorch's default initialisation.
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

  /// The same value everywhere.
  mutating func constant(_ name: String, _ kind: Parameter.Kind, _ count: Int, _ value: Float) -> Parameter {
    add(Parameter(name, kind, Tensor([Float](repeating: value, count: count), shape: Shape(count))))
  }

  private mutating func add(_ parameter: Parameter) -> Parameter {
    parameters.append(parameter)
    return parameter
  }
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
  let stride: Extent
  let padding: Padding
  let groups: Int
  let dilation: Extent

  /// Makes `name.weight` and, unless a normalisation that follows has one, `name.bias`.
  public init(
    _ make: inout ParameterMaker, _ name: String, from inputs: Int, to outputs: Int, window: Int = 3,
    stride: Int = 1, padding: Int = 1, groups: Int = 1, dilation: Int = 1, bias hasBias: Bool = true
  ) {
    let bound = 1 / Float(inputs / groups * window * window).squareRoot()
    weight = make.uniform(
      "\(name).weight", .weight, Shape(outputs, inputs / groups, window, window), bound: bound)
    bias = hasBias ? make.uniform("\(name).bias", .bias, Shape(outputs), bound: bound) : nil
    self.stride = Extent(stride)
    self.padding = Padding(padding)
    self.groups = groups
    self.dilation = Extent(dilation)
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable {
    x.convolution(
      weight, bias: bias, stride: stride, padding: padding, groups: groups, dilation: dilation)
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
  public init(_ make: inout ParameterMaker, _ name: String, from inputs: Int, to outputs: Int) {
    let bound = 1 / Float(inputs).squareRoot()
    weight = make.uniform("\(name).weight", .weight, Shape(outputs, inputs), bound: bound)
    bias = make.uniform("\(name).bias", .bias, Shape(outputs), bound: bound)
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
  public init(_ make: inout ParameterMaker, _ name: String, _ channels: Int) {
    state = BatchNormState(
      weight: make.constant("\(name).weight", .norm, channels, 1),
      bias: make.constant("\(name).bias", .norm, channels, 0),
      mean: make.constant("\(name).running_mean", .statistic, channels, 0),
      variance: make.constant("\(name).running_var", .statistic, channels, 1))
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Variable) -> Variable { x.batchNorm(state) }
}
