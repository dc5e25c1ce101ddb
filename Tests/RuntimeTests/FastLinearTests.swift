import FermFormat
import FermRuntime
import TestSupport
import Testing

/// Fully connected layers of fast sessions, one at a time, beside the same arithmetic written plainly.
@Suite("Fully connected layers with narrow products")
struct FastLinearTests {
  /// Those that have narrow products here.
  static let instructions: [InstructionSet] = [.emulated, .avx512].filter { instructions in
    (try? Plan(Support.tinyModel().model, instructions: instructions))?.inEffect(.fast) == .fast
  }

  struct Layer: Sendable, CustomTestStringConvertible {
    var outputs: Int
    /// Of the map that the layer reads as it lies, and pixels of each; with one channel a vector of all pixels.
    var channels = 1
    var height = 1
    var width = 1
    var relu = false
    var testDescription: String {
      "\(channels)x\(height)x\(width) -> \(outputs)\(relu ? ", ReLU" : "")"
    }
  }

  static let layers = [
    Layer(outputs: 7, height: 5, width: 13, relu: true), Layer(outputs: 65, height: 3, width: 1),
    Layer(outputs: 130, height: 16, width: 33), Layer(outputs: 64, height: 1, width: 1),
    Layer(outputs: 20, channels: 20, height: 3, width: 2, relu: true),
    Layer(outputs: 3, channels: 33, height: 5, width: 1),
    Layer(outputs: 96, channels: 16, height: 1, width: 7),
  ]

  @Test(
    "each gives the bits of its definition, for any batch and number of threads", arguments: layers,
    ElementType.allCases)
  func definition(layer: Layer, type: ElementType) throws {
    let (model, reference) = try network(layer, type)
    let size = layer.height * layer.width
    let input = Support.numbers(9 * size, seed: 7)
    let expected = (0..<9).flatMap { outputs(reference, Array(input[($0 * size)..<(($0 + 1) * size)])) }
    for instructions in Self.instructions {
      let plan = try Plan(model, instructions: instructions)
      for batch in 1...9 {
        let session = try fastSession(plan, maxBatch: batch, threads: 1 + batch % 3)
        #expect(bits(try session.uncheckedLogits(input)) == bits(expected), "\(instructions), batch \(batch)")
      }
      let session = try fastSession(plan, maxBatch: 9, threads: 2)
      for images in 1...9 {
        let some = try session.uncheckedLogits(Array(input.suffix(images * size)))
        #expect(bits(some) == bits(Array(expected.suffix(images * layer.outputs))))
      }
    }
  }

  /// Rows that are hard to quantise, or to round.
  static let rows: [(name: String, numbers: [Float])] = [
    ("all zeros", [0, 0, 0, 0, 0]), ("negative zeros", [-0.0, -0.0, -0.0, -0.0, -0.0]),
    ("denormal numbers", [1e-40, -3e-42, 2e-39, 1e-45, 0]),
    ("the smallest normal numbers", [0x1p-126, -0x1p-126, 0x1p-125, 0, 0x1.8p-126]),
    ("one huge number", [1, 2, 3e38, -4, 0.5]),
    ("a range beyond the largest", [3.4e38, -3.4e38, 1e38, 0, 1]),
    ("negative numbers alone", [-1, -2, -0.25, -7, -3]), ("ties", [255, 0.5, 1.5, 2.5, 254.5]),
    ("ties beside a zero between", [127.5, -127.5, 0.5, -0.5, 1.5]),
    ("near the largest number", [.greatestFiniteMagnitude, 1, 2, 3, 4]),
  ]

  @Test("hard rows give the bits of the definition", arguments: rows.map(\.name), ElementType.allCases)
  func hardRows(name: String, type: ElementType) throws {
    let row = try #require(Self.rows.first { $0.name == name }).numbers
    let (model, reference) = try network(Layer(outputs: 3, height: 1, width: 5), type)
    for instructions in Self.instructions {
      let session = try fastSession(try Plan(model, instructions: instructions), maxBatch: 2, threads: 2)
      let got = try session.uncheckedLogits(row + [1, 2, 3, 4, 5])
      #expect(bits(Array(got.prefix(3))) == bits(reference.outputs(of: row)), "\(instructions)")
      #expect(got.suffix(3).allSatisfy { $0.isFinite })
    }
  }

  @Test(
    "a row that is not finite gives no finite number, and leaves its neighbours alone",
    arguments: [Float.infinity, -.infinity, .nan], ElementType.allCases)
  func notFinite(number: Float, type: ElementType) throws {
    // The layer's input is the network's times 1e30, as a network's own input must be finite.
    let (model, _) = try network(Layer(outputs: 3, height: 1, width: 5), type, scaledBy: 1e30)
    let row: [Float] = [1e-30, number.isNaN ? .nan : number > 0 ? 1e10 : -1e10, 0, -2e-30, 3e-30]
    let plain: [Float] = [1e-30, 2e-30, 0, -2e-30, 3e-30]
    for instructions in Self.instructions {
      let session = try fastSession(try Plan(model, instructions: instructions), maxBatch: 3, threads: 2)
      let got = try session.uncheckedLogits(plain + row + plain)
      #expect(got[3..<6].allSatisfy { type == .int8 ? $0.isNaN : !$0.isFinite }, "\(instructions)")
      #expect(got[0..<3].allSatisfy { $0.isFinite })
      #expect(bits(Array(got[6..<9])) == bits(Array(got[0..<3])))
    }
  }

  @Test(
    "sums beyond what int32 holds are exact in parts",
    arguments: [(256, 256), (580, 113), (216, 307), (300, 300), (400, 350)])
  func deep(height: Int, width: Int) throws {
    let layer = Layer(outputs: 2, height: height, width: width)
    let depth = height * width
    // Whatever is largest: weights of 127 alone, and numbers that become 255.
    let weights = [Float](repeating: 1, count: depth) + Support.numbers(depth, seed: 3)
    let (model, reference) = try network(layer, .int8, weights: weights)
    let ones = [Float](repeating: 1, count: depth)
    let input = Support.numbers(depth, seed: 4)
    for instructions in Self.instructions {
      let plan = try Plan(model, instructions: instructions)
      let got = try fastSession(plan, maxBatch: 2, threads: 2).uncheckedLogits(ones + input)
      #expect(
        bits(got) == bits(reference.outputs(of: ones) + reference.outputs(of: input)), "\(instructions)")
      #expect(abs(got[0] - reference.bias[0] - Float(depth)) < 1e-5 * Float(depth))
    }
  }

  @Test(
    "no output is further from the exact one than rounding its inputs can move it", arguments: layers,
    ElementType.allCases)
  func bound(layer: Layer, type: ElementType) throws {
    var plain = layer
    plain.relu = false
    let (model, reference) = try network(plain, type)
    let size = layer.height * layer.width
    let input = Support.numbers(size, seed: 9)
    let plan = try Plan(model, instructions: Self.instructions.last)
    let exact = try Session(plan, maxBatch: 1, threads: 1).logits(input)
    let fast = try fastSession(plan, maxBatch: 1, threads: 1).logits(input)
    let row = map(of: input, reference)
    let elements = reference.weight.floats()
    // Half a step of 255 for bytes. Two roundings to 8 bits for pairs of bf16. And a few of fp32.
    let step = (max(row.max() ?? 0, 0) - min(row.min() ?? 0, 0)) / 255
    for output in 0..<layer.outputs {
      let weights = elements[(output * row.count)..<((output + 1) * row.count)]
      let products = zip(row, weights).reduce(Float(0)) { $0 + abs($1.0 * $1.1) }
      let moved =
        type == .int8 ? weights.reduce(0) { $0 + abs($1) } * step * 0.51 : products * (0x1p-7 + 0x1p-16)
      #expect(abs(fast[output] - exact[output]) <= moved + products * 1e-4)
    }
    #expect(fast != exact)
  }

  @Test("sessions share what narrow products read, and say how much it is", arguments: ElementType.allCases)
  func sharing(type: ElementType) throws {
    let layer = Layer(outputs: 65, height: 4, width: 16)
    let plan = try Plan(try network(layer, type).model, instructions: .emulated)
    let exact = try Session(plan, maxBatch: 1, threads: 1)
    let fast = try fastSession(plan, maxBatch: 1, threads: 1)
    // Two panels of 64 outputs, 64 deep; a sum an output for bytes.
    let own = [ElementType.fp32: 2 * 64 * 128, .fp16: 2 * 64 * 128, .bf16: 0, .int8: 4 * 128]
    #expect(exact.weightBytes == type.width * 64 * 128)
    #expect(fast.weightBytes - exact.weightBytes == own[type])
    let input = Support.numbers(64, seed: 1)
    let logits = try fast.logits(input)
    let again = try fastSession(plan, maxBatch: 4, threads: 2)
    #expect(try again.logits(input) == logits)
  }

  // MARK: - Networks

  /// A network whose last layer is the one that is tested, and the arithmetic of that.
  private func network(
    _ layer: Layer, _ type: ElementType, weights: [Float]? = nil, scaledBy factor: Float? = nil
  ) throws -> (model: Model, reference: NarrowLinear) {
    let size = layer.height * layer.width
    let isMap = layer.channels > 1
    let inputs = layer.channels * size
    let weight = try Model.Weight(
      name: "weight", type: type, shape: Shape(layer.outputs, inputs),
      floats: weights ?? Support.numbers(layer.outputs * inputs, seed: 1))
    let bias = Support.numbers(layer.outputs, seed: 2)
    var tensors = [weight, try Model.Weight(name: "bias", shape: Shape(layer.outputs), floats: bias)]
    var nodes: [Node] = []
    if isMap {
      tensors.append(
        try Model.Weight(
          name: "spread", shape: Shape(layer.channels, 1, 1, 1), floats: spread(layer.channels)))
      nodes.append(
        Node(
          .convolution(Convolution(weight: 2, bias: nil, stride: Extent(1), padding: Padding())), inputs: [0])
      )
    }
    nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count]))
    if let factor {
      for (name, value) in [("a", factor), ("b", 0), ("c", 0), ("d", 1)] {
        tensors.append(
          try Model.Weight(name: name, shape: Shape(inputs), floats: [Float](repeating: value, count: inputs))
        )
      }
      nodes.append(
        Node(.batchNorm(BatchNorm(weight: 2, bias: 3, mean: 4, variance: 5, epsilon: 1e-30)), inputs: [1]))
    }
    nodes.append(Node(.linear(Linear(weight: 0, bias: 1)), inputs: [nodes.count]))
    if layer.relu { nodes.append(Node(.relu(ReLU()), inputs: [nodes.count])) }
    let extent = Extent(height: layer.height, width: layer.width)
    let model = Model(
      name: "linear",
      preprocessing: Preprocessing(resized: extent, cropped: extent, scale: [1], offset: [0]),
      labels: LabelSet(names: (0..<layer.outputs).map { "label \($0)" }), graph: Graph(nodes: nodes),
      tensors: tensors)
    return (
      model,
      NarrowLinear(
        outputs: layer.outputs, channels: isMap ? layer.channels : size, pixels: isMap ? size : 1,
        weight: weight,
        bias: bias, relu: layer.relu)
    )
  }

  /// What each channel of a map is times the input, in fp32.
  private func spread(_ channels: Int) -> [Float] { Support.numbers(channels, seed: 5) }

  /// The input as the layer sees it.
  private func map(of input: [Float], _ layer: NarrowLinear) -> [Float] {
    layer.pixels == 1
      ? input : spread(layer.channels).flatMap { factor in input.map { $0 * factor } }
  }

  private func outputs(_ layer: NarrowLinear, _ input: [Float]) -> [Float] {
    layer.outputs(of: map(of: input, layer))
  }

  private func fastSession(_ plan: Plan, maxBatch: Int, threads: Int) throws -> Session {
    let session = try Session(plan, maxBatch: maxBatch, threads: threads, precision: .fast)
    try #require(session.precision == .fast)
    return session
  }

  /// Any NaN counts as any other.
  private func bits(_ numbers: [Float]) -> [UInt32] {
    numbers.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
  }
}
