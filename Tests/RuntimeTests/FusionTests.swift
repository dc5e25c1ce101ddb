import FermFormat
import FermRuntime
import TestSupport
import Testing

/// What follows a convolution and is computed on its way, against the same nodes computed one by one.
@Suite("Endings of convolutions")
struct FusionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var channels = 20, outputs = 20, side = 9, window = 3, stride = 1, groups = 1
    var adds = false
    /// Channels of zeros that the map which is added gets behind its own.
    var widening = 0
    var activation: Operator?
    var testDescription: String {
      "\(name) @\(side), stride \(stride), \(adds ? "sum, " : "")\(widening > 0 ? "\(widening) channels of zeros, " : "")\(activation?.name ?? "no activation")"
    }
  }

  static let cases: [Case] = {
    let activations: [Operator?] = [
      nil, .relu(ReLU()), .silu(SiLU()), .hardSwish(HardSwish()), .clip(Clip(low: -0.25, high: 0.5)),
      .clip(Clip(low: 0.125, high: 6)), .sigmoid(Sigmoid()),
    ]
    let layers = [
      Case(name: "Winograd"), Case(name: "Winograd, many tiles", channels: 33, outputs: 70, side: 26),
      Case(name: "1x1", outputs: 33, window: 1), Case(name: "strided", outputs: 18, stride: 2),
      Case(name: "strided Winograd", channels: 40, outputs: 70, side: 24, stride: 2),
      Case(name: "Winograd, tiles of six", channels: 40, outputs: 70, side: 24),
      Case(name: "small maps", channels: 40, outputs: 70, side: 3, window: 1),
      Case(name: "depthwise", groups: 20), Case(name: "depthwise 5x5", window: 5, stride: 2, groups: 20),
    ]
    return layers.flatMap { layer in
      activations.flatMap { activation in
        [(false, 0), (true, 0), (true, 3), (true, 17)].map { adds, widening in
          var it = layer
          (it.adds, it.widening, it.activation) = (adds, widening, activation)
          return it
        }
      }
    }
  }()

  @Test("give the bits of the nodes one by one", arguments: cases, [Precision.exact, .fast])
  func sameBits(it: Case, precision: Precision) throws {
    let images = 5
    let (model, values) = try network(it)
    // Values that somebody else takes too are never fused.
    var apart = model
    var outputs = [ModelOutput("scores", .scores(value: model.graph.nodes.count))]
    for value in values {
      apart.graph.nodes.append(Node(.flatten(Flatten()), inputs: [value]))
      outputs.append(ModelOutput("value\(value)", .embedding(value: apart.graph.nodes.count)))
    }
    apart.outputs = outputs
    let (fusedPlan, singlePlan) = (try Plan(model), try Plan(apart))
    let isFused = it.adds || it.activation.map { $0.leavesZero } ?? false
    #expect((fusedPlan.descriptions.count < singlePlan.descriptions.count - values.count) == isFused)
    let x = Support.numbers(images * it.side * it.side, seed: 4)
    for maxBatch in [1, 5, 64] {
      let fused = try Session(
        fusedPlan, maxBatch: maxBatch, threads: maxBatch == 1 ? 3 : 2, precision: precision)
      let single = try Session(singlePlan, maxBatch: maxBatch, threads: 2, precision: precision)
      let got = try fused.logits(x)
      #expect(try single.outputs(x)[0] == got)
      #expect(Set(got).count > 20)
    }
  }

  /// conv 1x1 -> the convolution, and another one of its shape, or of fewer outputs and then widened, beside it if their sum is
  /// taken -> the activation -> flat scores, and the values between that must not be seen.
  private func network(_ it: Case) throws -> (model: Model, values: [Int]) {
    let side = (it.side + 2 * (it.window / 2) - it.window) / it.stride + 1
    let depth = it.channels / it.groups * it.window * it.window
    func convolution(_ weight: Int, _ input: Int, groups: Int) -> Node {
      Node(
        .convolution(
          Convolution(
            weight: weight, bias: nil, stride: Extent(it.stride), padding: Padding(it.window / 2),
            groups: groups)),
        inputs: [input])
    }
    var nodes = [
      Node(
        .convolution(Convolution(weight: 0, bias: nil, stride: Extent(1), padding: Padding())), inputs: [0])
    ]
    var values: [Int] = []
    let otherGroups = it.widening > 0 ? 1 : it.groups
    if it.adds { nodes.append(convolution(2, 1, groups: otherGroups)) }
    nodes.append(convolution(1, 1, groups: it.groups))
    values.append(nodes.count)
    if it.widening > 0 {
      nodes.append(Node(.pad(Pad(front: 0, back: it.widening, padding: Padding())), inputs: [2]))
      values.append(nodes.count)
    }
    if it.adds {
      nodes.append(Node(.add(Add()), inputs: [it.widening > 0 ? 4 : 2, 3]))
      values.append(nodes.count)
    }
    if let activation = it.activation { nodes.append(Node(activation, inputs: [nodes.count])) }
    let count = it.outputs * side * side
    nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count]))
    let scale = 1 / Float(depth).squareRoot()
    let model = Model(
      name: "endings",
      preprocessing: Preprocessing(
        resized: Extent(it.side), cropped: Extent(it.side), scale: [1], offset: [0]),
      labels: LabelSet(names: (0..<count).map { "label \($0)" }), graph: Graph(nodes: nodes),
      tensors: try [Shape(it.channels, 1, 1, 1)].map {
        try Model.Weight(name: "a", shape: $0, floats: Support.numbers($0.count, seed: 1))
      }
        + (it.adds ? ["b", "c"] : ["b"]).enumerated().map { index, name in
          let shape = Shape(
            index == 0 ? it.outputs : it.outputs - it.widening,
            it.channels / (index == 0 ? it.groups : otherGroups),
            it.window, it.window)
          return try Model.Weight(
            name: name, shape: shape,
            floats: Support.numbers(shape.count, seed: UInt64(2 + index)).map { $0 * scale })
        })
    return (model, values)
  }
}

extension Operator {
  /// Whether a convolution can do it on its way, which it can where zero stays zero.
  fileprivate var leavesZero: Bool {
    switch self {
    case .sigmoid: false
    case .clip(let clip): clip.low <= 0 && clip.high >= 0
    default: true
    }
  }
}
