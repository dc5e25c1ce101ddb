import FermFormat

/// Small networks, the same on every machine, whose logits are known to the last bit (Tests/Golden/logits.json).
public enum GoldenNetwork: String, CaseIterable, Sendable {
  /// Convolutions of all sorts over maps with odd sides.
  case windows
  /// 3x3 convolutions with enough channels for Winograd's algorithm, down to maps of 5x5 and 2x2.
  case blocks
  /// Weights of every element type, in convolutions and fully connected layers.
  case types
  /// The activations of operator set 2, and taps that lie apart.
  case second

  /// The network's input: channels, height, width.
  public var input: Shape {
    switch self {
    case .windows: Shape(1, 23, 21)
    case .blocks: Shape(3, 20, 20)
    case .types: Shape(1, 12, 12)
    case .second: Shape(3, 17, 14)
    }
  }

  /// Inputs `[count, C, H, W]`, the first of which are the same for any count.
  public func inputs(_ count: Int) -> [Float] { Layers.numbers(count * input.count, seed: 99, scale: 1) }

  /// The network with its weights.
  public func model() throws -> Model {
    var layers = Layers(input)
    switch self {
    case .windows:
      try layers.convolution(20, window: 3, padding: 1, hasNorm: true)
      try layers.convolution(40, window: 3, padding: 1)
      try layers.pool()
      try layers.convolution(48, window: 3, padding: 1, hasNorm: true)
      try layers.convolution(32, window: 1)
      try layers.convolution(36, window: 3, stride: 2, padding: 1)
      try layers.convolution(36, window: 3, padding: 1, groups: 3)
      try layers.convolution(40, window: 5, padding: 2)
      try layers.convolution(64, window: 3)
    case .blocks:
      try layers.convolution(48, window: 3, padding: 1)
      try layers.pool()
      try layers.convolution(64, window: 3, padding: 1)
      try layers.convolution(64, window: 3, padding: 1)
      try layers.pool()
      try layers.convolution(96, window: 3, padding: 1)
      try layers.convolution(96, window: 3, padding: 1)
      try layers.pool()
    case .types:
      try layers.convolution(32, window: 3, padding: 1, .bf16)
      try layers.pool()
      try layers.convolution(32, window: 3, padding: 1, .int8)
      try layers.convolution(16, window: 1, .fp16)
    case .second:
      try layers.convolution(20, window: 3, padding: 2, dilation: 2, hasRectifier: false)
      try layers.prelu()
      try layers.convolution(
        36, window: 3, stride: 2, padding: 3, dilation: 3, hasNorm: true, hasRectifier: false)
      layers.add(.clip(Clip(low: -0.25, high: 1.5)))
      try layers.convolution(40, window: 3, padding: 1, hasRectifier: false)
      layers.add(.hardSwish(HardSwish()))
    }
    layers.flatten()
    if self == .types {
      for (outputs, type) in [(200, ElementType.int8), (150, .bf16), (99, .fp16), (64, .int8)] {
        try layers.linear(outputs, type)
        layers.relu()
      }
    }
    try layers.linear(5, .fp32)
    return layers.model(name: rawValue, input: input)
  }
}

/// Adds one layer behind the other, its weights drawn from its number.
private struct Layers {
  private var shape: Shape
  private var nodes: [Node] = []
  private var tensors: [Model.Weight] = []

  init(_ input: Shape) { shape = input }

  /// Numbers from -scale to scale.
  static func numbers(_ count: Int, seed: Int, scale: Float) -> [Float] {
    var random = Random(seed: UInt64(seed))
    return (0..<count).map { _ in (Float(random.below(20_001)) / 10_000 - 1) * scale }
  }

  private mutating func tensor(
    _ shape: Shape, _ type: ElementType = .fp32, scale: Float, around centre: Float = 0
  ) throws -> Int {
    let floats = Self.numbers(shape.count, seed: tensors.count, scale: scale).map { centre + $0 }
    tensors.append(
      try Model.Weight(name: "t\(100 + tensors.count)", type: type, shape: shape, floats: floats))
    return tensors.count - 1
  }

  /// Adds an operator that keeps shapes.
  mutating func add(_ operator: Operator) { nodes.append(Node(`operator`, inputs: [nodes.count])) }

  mutating func relu() { add(.relu(ReLU())) }

  mutating func prelu() throws {
    add(.prelu(PReLU(slope: try tensor(Shape(shape[0]), scale: 0.25))))
  }

  mutating func convolution(
    _ outputs: Int, window: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, dilation: Int = 1,
    _ type: ElementType = .fp32, hasNorm: Bool = false, hasRectifier: Bool = true
  ) throws {
    let channels = shape[0] / groups
    // Keeps values about as large as they are, behind a ReLU.
    let scale = (6 / Float(channels * window * window)).squareRoot()
    let weight = try tensor(Shape(outputs, channels, window, window), type, scale: scale)
    let bias = try tensor(Shape(outputs), scale: 0.1)
    add(
      .convolution(
        Convolution(
          weight: weight, bias: bias, stride: Extent(stride), padding: Padding(padding), groups: groups,
          dilation: Extent(dilation))))
    if hasNorm {
      let scale = try tensor(Shape(outputs), scale: 0.5, around: 1)
      let (shift, mean) = (
        try tensor(Shape(outputs), scale: 0.2), try tensor(Shape(outputs), scale: 0.2)
      )
      let variance = try tensor(Shape(outputs), scale: 0.5, around: 1)
      add(.batchNorm(BatchNorm(weight: scale, bias: shift, mean: mean, variance: variance, epsilon: 1e-3)))
    }
    if hasRectifier { relu() }
    func slid(_ side: Int) -> Int { (side + 2 * padding - (window - 1) * dilation - 1) / stride + 1 }
    shape = Shape(outputs, slid(shape[1]), slid(shape[2]))
  }

  mutating func pool() throws {
    add(.maxPool(MaxPool(window: Extent(2), stride: Extent(2), padding: Padding())))
    shape = Shape(shape[0], shape[1] / 2, shape[2] / 2)
  }

  mutating func flatten() {
    add(.flatten(Flatten()))
    shape = Shape(shape.count)
  }

  mutating func linear(_ outputs: Int, _ type: ElementType) throws {
    let weight = try tensor(Shape(outputs, shape[0]), type, scale: (6 / Float(shape[0])).squareRoot())
    add(.linear(Linear(weight: weight, bias: try tensor(Shape(outputs), scale: 0.1))))
    shape = Shape(outputs)
  }

  func model(name: String, input: Shape) -> Model {
    let size = Extent(height: input[1], width: input[2])
    return Model(
      name: name,
      preprocessing: Preprocessing(
        resized: size, cropped: size, scale: [Float](repeating: 1, count: input[0]),
        offset: [Float](repeating: 0, count: input[0])),
      labels: LabelSet(names: (0..<shape[0]).map { "\($0)" }), graph: Graph(nodes: nodes), tensors: tensors)
  }
}
