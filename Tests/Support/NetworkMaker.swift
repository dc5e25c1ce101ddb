import FermFormat

/// Makes a sound network out of any bytes: each byte is one decision, and when they run out all decisions are 0.
///
/// Whole files rarely stay sound when they are mutated; here every input reaches planner and kernels.
public struct NetworkMaker {
  private var decisions: ArraySlice<UInt8>
  private var random: Random
  private var shapes: [Shape] = []
  private var isUsed: [Bool] = []
  /// Values between 0 and 1; only with these others are multiplied, so that nothing grows without bounds.
  private var isSmall: [Bool] = []
  private var nodes: [Node] = []
  private var tensors: [Model.Weight] = []

  /// Elements of a value at most, so that every input is little work. A node's tensors are made after this is known.
  private static let largestValue = 1 << 14

  private init(_ bytes: [UInt8]) {
    decisions = bytes[...]
    random = Random(seed: UInt64(bytes.count))
  }

  /// The network of these decisions; any bytes give one.
  public static func model(_ bytes: [UInt8]) throws -> Model {
    var maker = NetworkMaker(bytes)
    return try maker.make()
  }

  private mutating func choose(_ count: Int) -> Int { Int(decisions.popFirst() ?? 0) % count }

  private mutating func make() throws -> Model {
    let channels = choose(2) == 0 ? 1 : 3
    let size = Extent(height: 1 + choose(24), width: 1 + choose(24))
    shapes = [Shape(channels, size.height, size.width)]
    (isUsed, isSmall) = ([false], [false])
    let classes = 3 + choose(6)
    let count = 1 + choose(12)
    while nodes.count < count && !decisions.isEmpty { try addNode() }
    try join(classes)
    var model = Model(
      name: "made",
      preprocessing: Preprocessing(
        colour: .grey, fit: .stretch, resized: size, cropped: size,
        scale: [Float](repeating: 1 / 128, count: channels), offset: [Float](repeating: -1, count: channels)),
      labels: LabelSet(names: (0..<classes).map { "\($0)" }), graph: Graph(nodes: nodes), tensors: tensors)
    model.outputs += embeddings()
    return model
  }

  /// Some of the vectors as outputs besides, if decisions are left.
  private mutating func embeddings() -> [ModelOutput] {
    let vectors = shapes.indices.dropFirst().filter { shapes[$0].rank == 1 }
    return (0..<choose(4)).map { number in
      ModelOutput("e\(number)", .embedding(value: vectors[choose(vectors.count)]))
    }
  }

  // MARK: - Nodes

  /// What a node may be, each by one decision: adds it behind a value, unless it does not fit there. Convolutions and fully
  /// connected layers are what most networks are made of.
  private static let makers: [@Sendable (inout NetworkMaker, Int) throws -> Void] = [
    { try $0.addLayer($1) }, { try $0.addLayer($1) }, { try $0.addLayer($1) },
    { try $0.addNorm($1) },
    { $0.add(.relu(ReLU()), [$1], $0.shapes[$1]) },
    { $0.add(.silu(SiLU()), [$1], $0.shapes[$1]) },
    { $0.add(.sigmoid(Sigmoid()), [$1], $0.shapes[$1], isSmall: true) },
    { $0.add(.softmax(Softmax()), [$1], $0.shapes[$1], isSmall: true) },
    { try $0.addPReLU($1) },
    { $0.addClip($1) },
    { $0.add(.hardSwish(HardSwish()), [$1], $0.shapes[$1]) },
    { $0.addPool($1) },
    { $0.addAdaptivePool($1) },
    { $0.add(.flatten(Flatten()), [$1], Shape($0.shapes[$1].count)) },
    { $0.addSum($1) },
    { $0.addProduct($1) },
    { $0.addConcatenation($1) },
    { $0.addPad($1) },
    { $0.addUpsampling($1) },
  ]

  private mutating func addNode() throws {
    // The latest value most of the time, else any.
    let latest = shapes.count - 1
    let x = choose(4) > 0 ? latest : choose(shapes.count)
    try Self.makers[choose(Self.makers.count)](&self, x)
  }

  private mutating func addLayer(_ x: Int) throws {
    if shapes[x].rank == 3 { try addConvolution(x) } else { try addLinear(x, 1 + choose(40)) }
  }

  private mutating func addPReLU(_ x: Int) throws {
    guard shapes[x].count <= Self.largestValue else { return }
    let slopes = choose(2) == 0 ? 1 : shapes[x][0]
    try addTensor(Shape(slopes), fan: 1)
    add(.prelu(PReLU(slope: tensors.count - 1)), [x], shapes[x])
  }

  private mutating func addClip(_ x: Int) {
    let low = Float(choose(5)) / 2 - 1
    let high = low + Float(choose(5)) / 2
    add(.clip(Clip(low: low, high: high)), [x], shapes[x], isSmall: low >= 0 && high <= 1)
  }

  private mutating func addAdaptivePool(_ x: Int) {
    let shape = shapes[x]
    guard shape.rank == 3 else { return }
    let size = Extent(height: 1 + choose(shape[1]), width: 1 + choose(shape[2]))
    add(.adaptiveAveragePool(AdaptiveAveragePool(size: size)), [x], Shape(shape[0], size.height, size.width))
  }

  private mutating func addSum(_ x: Int) {
    let y = choose(shapes.count)
    if let sum = broadcast(x, y) { add(.add(Add()), [x, y], sum) }
  }

  private mutating func addProduct(_ x: Int) {
    let y = choose(shapes.count)
    if isSmall[y], let product = broadcast(x, y) {
      add(.multiply(Multiply()), [x, y], product, isSmall: isSmall[x])
    }
  }

  private mutating func addConcatenation(_ x: Int) {
    let shape = shapes[x]
    let fitting = shapes.indices.filter { shapes[$0].dimensions.dropFirst() == shape.dimensions.dropFirst() }
    let inputs = [x] + (0...choose(7)).map { _ in fitting[choose(fitting.count)] }
    let channels = inputs.reduce(0) { $0 + shapes[$1][0] }
    add(
      .concatenate(Concatenate()), inputs, Shape([channels] + shape.dimensions.dropFirst()),
      isSmall: inputs.allSatisfy { isSmall[$0] })
  }

  private mutating func addPad(_ x: Int) {
    guard shapes[x].rank == 3 else { return }
    let pad = Pad(front: choose(20), back: choose(20), padding: padding(choose(4)))
    guard let output = try? pad.outputShape(of: [shapes[x]], tensors: []) else { return }
    add(.pad(pad), [x], output, isSmall: isSmall[x])
  }

  private mutating func addUpsampling(_ x: Int) {
    let shape = shapes[x]
    guard shape.rank == 3 else { return }
    let scale = Extent(height: 1 + choose(5), width: 1 + choose(5))
    let output = Shape(shape[0], shape[1] * scale.height, shape[2] * scale.width)
    let isBlended = choose(2) == 0
    add(
      isBlended
        ? .upsampleBilinear(UpsampleBilinear(scale: scale)) : .upsampleNearest(UpsampleNearest(scale: scale)),
      [x], output, isSmall: isSmall[x])
  }

  private mutating func add(
    _ `operator`: Operator, _ inputs: [Int], _ output: Shape, isSmall small: Bool = false
  ) {
    guard output.count <= Self.largestValue else { return }
    nodes.append(Node(`operator`, inputs: inputs))
    for input in inputs { isUsed[input] = true }
    shapes.append(output)
    isUsed.append(false)
    isSmall.append(small)
  }

  private func broadcast(_ x: Int, _ y: Int) -> Shape? { try? shapes[x].broadcast(with: shapes[y]) }

  private mutating func addConvolution(_ x: Int) throws {
    let shape = shapes[x]
    var convolution = Convolution(weight: tensors.count, bias: nil)
    let divisors = (1...shape[0]).filter { shape[0] % $0 == 0 }
    convolution.groups = choose(3) > 0 ? 1 : divisors[choose(divisors.count)]
    let outputs = convolution.groups * (1 + choose(max(1, 40 / convolution.groups)))
    // 3 x 3 with step 1 most of the time: it has the most ways to be computed.
    let isUsual = choose(2) == 0
    let window = isUsual ? Extent(3) : Extent(height: 1 + choose(7), width: 1 + choose(7))
    convolution.stride =
      isUsual && choose(4) > 0 ? Extent(1) : Extent(height: 1 + choose(3), width: 1 + choose(3))
    convolution.padding = padding(choose(4))
    if choose(4) == 3 { convolution.dilation = Extent(height: 1 + choose(3), width: 1 + choose(3)) }
    let covered = window.spread(by: convolution.dilation)
    guard let output = slide(covered, shape, outputs, convolution.stride, convolution.padding) else { return }
    let perOutput = shape[0] / convolution.groups * window.height * window.width
    guard output.count <= Self.largestValue, output.count * perOutput <= 1 << 19 else { return }
    try addTensor(Shape(outputs, shape[0] / convolution.groups, window.height, window.width), fan: perOutput)
    if choose(2) == 0 {
      convolution.bias = tensors.count
      try addTensor(Shape(outputs), fan: 4)
    }
    add(.convolution(convolution), [x], output)
  }

  private mutating func addLinear(_ x: Int, _ outputs: Int) throws {
    let inputs = shapes[x][0]
    var linear = Linear(weight: tensors.count, bias: nil)
    try addTensor(Shape(outputs, inputs), fan: inputs)
    if choose(2) == 0 {
      linear.bias = tensors.count
      try addTensor(Shape(outputs), fan: 4)
    }
    add(.linear(linear), [x], Shape(outputs))
  }

  private mutating func addNorm(_ x: Int) throws {
    let first = tensors.count
    for positive in [false, false, false, true] {
      try addTensor(Shape(shapes[x][0]), fan: 1, isPositive: positive)
    }
    add(
      .batchNorm(
        BatchNorm(weight: first, bias: first + 1, mean: first + 2, variance: first + 3, epsilon: 1e-5)),
      [x], shapes[x])
  }

  private mutating func addPool(_ x: Int) {
    guard shapes[x].rank == 3 else { return }
    let window = Extent(height: 1 + choose(5), width: 1 + choose(5))
    let stride = Extent(height: 1 + choose(3), width: 1 + choose(3))
    var padding = padding(choose(3))
    padding.top = min(padding.top, window.height - 1)
    padding.bottom = min(padding.bottom, window.height - 1)
    padding.left = min(padding.left, window.width - 1)
    padding.right = min(padding.right, window.width - 1)
    guard let output = slide(window, shapes[x], shapes[x][0], stride, padding) else { return }
    switch choose(3) {
    case 0: add(.maxPool(MaxPool(window: window, stride: stride, padding: padding)), [x], output)
    case let kind:
      add(
        .averagePool(
          AveragePool(window: window, stride: stride, padding: padding, countPadding: kind == 1)), [x], output
      )
    }
  }

  private mutating func padding(_ kind: Int) -> Padding {
    kind < 2 ? Padding(kind) : Padding(top: choose(4), left: choose(4), bottom: choose(4), right: choose(4))
  }

  private func slide(
    _ window: Extent, _ x: Shape, _ channels: Int, _ stride: Extent, _ padding: Padding
  ) -> Shape? {
    let height = x[1] + padding.top + padding.bottom - window.height
    let width = x[2] + padding.left + padding.right - window.width
    return height >= 0 && width >= 0
      ? Shape(channels, height / stride.height + 1, width / stride.width + 1) : nil
  }

  /// Every value that nobody takes becomes a part of the logits.
  private mutating func join(_ classes: Int) throws {
    var sum: Int?
    for x in 0..<shapes.count where !isUsed[x] {
      var x = x
      if shapes[x].rank == 3 {
        if shapes[x].count > 1 << 10 {
          add(.adaptiveAveragePool(AdaptiveAveragePool(size: Extent(1))), [x], Shape(shapes[x][0], 1, 1))
          x = shapes.count - 1
        }
        add(.flatten(Flatten()), [x], Shape(shapes[x].count))
        x = shapes.count - 1
      }
      try addLinear(x, classes)
      x = shapes.count - 1
      if let other = sum {
        add(.add(Add()), [other, x], Shape(classes))
        x = shapes.count - 1
      }
      sum = x
    }
  }

  // MARK: - Tensors

  private mutating func addTensor(_ shape: Shape, fan: Int, isPositive: Bool = false) throws {
    let scale = 1 / Float(fan).squareRoot()
    let values = (0..<shape.count).map { _ in
      isPositive ? 0.5 + Float(random.below(1000)) / 1000 : (Float(random.below(2001)) / 1000 - 1) * scale
    }
    var type = ElementType.allCases[choose(ElementType.allCases.count)]
    if shape.rank < 2 && type == .int8 { type = .fp32 }
    // Names in the order in which the tensors are made, so that sorting leaves them as they are.
    let number = String(tensors.count)
    let name = "t" + String(repeating: "0", count: 4 - number.count) + number
    tensors.append(try Model.Weight(name: name, type: type, shape: shape, floats: values))
  }
}
