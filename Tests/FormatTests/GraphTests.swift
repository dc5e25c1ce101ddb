import FermFormat
import Testing

@Suite("Graph validation")
struct GraphTests {
  private let input = Shape(1, 8, 8)
  private let weight = TensorInfo(name: "w", type: .fp32, shape: Shape(2, 1, 3, 3))
  private let linear = TensorInfo(name: "d", type: .fp32, shape: Shape(3, 2 * 6 * 6))

  private func validate(_ nodes: [Node], _ tensors: [TensorInfo]? = nil) throws(FormatError) -> GraphFacts {
    try Graph(nodes: nodes).validate(input: input, tensors: tensors ?? [weight, linear], classes: 3)
  }

  private var good: [Node] {
    [
      Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [0]), Node(.relu(ReLU()), inputs: [1]),
      Node(.flatten(Flatten()), inputs: [2]), Node(.linear(Linear(weight: 1, bias: nil)), inputs: [3]),
    ]
  }

  @Test("a good graph gives shapes, work and memory")
  func facts() throws {
    let facts = try validate(good)
    #expect(facts.shapes.map { $0.dimensions } == [[1, 8, 8], [2, 6, 6], [2, 6, 6], [72], [3]])
    #expect(facts.multiplyAdds == [72 * 9, 0, 0, 216])
    #expect(facts.peakBytes == 4 * (72 + 72))
  }

  @Test("what does not fit is refused with the node's number")
  func refusals() {
    var late = good
    late[0].inputs = [2]
    var stride = good
    stride[0] = Node(.convolution(Convolution(weight: 0, bias: nil, stride: Extent(0))), inputs: [0])
    var wrong = good
    wrong[3] = Node(.linear(Linear(weight: 0, bias: nil)), inputs: [3])
    var missing = good
    missing[0] = Node(.convolution(Convolution(weight: 7, bias: nil)), inputs: [0])
    for (nodes, part) in [
      (late, "value 2, which does not exist yet"), (stride, "stride_height is 0"), (wrong, "does not fit"),
      (missing, "names tensor 7"), (Array(good.dropLast()), "where the 3 labels need"),
      (good + [Node(.relu(ReLU()), inputs: [0])], "where the 3 labels"),
    ] {
      do {
        _ = try validate(nodes)
        Issue.record("accepted: \(part)")
      } catch { #expect(error.message.contains(part), "\(error.message)") }
    }
  }

  /// A node behind the convolution, and why it is refused; its own tensors are number 2 and 3.
  static let misfits: [(Node, FormatError.Code, String)] = [
    (Node(.prelu(PReLU(slope: 2)), inputs: [1]), .graph, "tensor s is 3 where a vector of 2 is needed"),
    (Node(.clip(Clip(low: 1, high: 0.5)), inputs: [1]), .graph, "low is above high"),
    (Node(.clip(Clip(low: -.infinity, high: 0)), inputs: [1]), .value, "low must be a finite number."),
    (Node(.clip(Clip(low: 0, high: .nan)), inputs: [1]), .value, "high must be a finite number."),
    (
      Node(.batchNorm(BatchNorm(weight: 3, bias: 3, mean: 3, variance: 3, epsilon: 0x1p-127)), inputs: [1]),
      .value, "epsilon must be a finite number of at least 2^-126."
    ),
    (Node(.hardSwish(HardSwish()), inputs: [1, 1]), .graph, "it takes 1 input, not 2."),
    (Node(.add(Add()), inputs: [1]), .graph, "it takes 2 inputs, not 1."),
    (
      Node(.convolution(Convolution(weight: 0, bias: nil, dilation: Extent(0))), inputs: [0]), .value,
      "dilation_height is 0; it must be 1 to 64."
    ),
    (
      Node(
        .convolution(Convolution(weight: 0, bias: nil, dilation: Extent(height: 1, width: 65))), inputs: [0]),
      .value, "dilation_width is 65; it must be 1 to 64."
    ),
    (
      Node(
        .convolution(Convolution(weight: 0, bias: nil, dilation: Extent(height: 4, width: 1))), inputs: [0]),
      .graph, "the window 9x3 is larger than the padded map 1x8x8"
    ),
  ]

  @Test("what an operator cannot take is said in a sentence that is true", arguments: misfits)
  func misfit(node: Node, code: FormatError.Code, part: String) {
    let tensors = [
      weight, linear, TensorInfo(name: "s", type: .fp32, shape: Shape(3)),
      TensorInfo(name: "n", type: .fp32, shape: Shape(2)),
    ]
    do {
      _ = try validate([good[0], node] + good[1...], tensors)
      Issue.record("accepted: \(part)")
    } catch {
      #expect(error.code == code && error.message.contains(part), "\(error.message)")
    }
  }

  @Test("a window whose taps lie apart covers more of the map, for the same work")
  func dilation() throws {
    var nodes = good
    let wide = Convolution(
      weight: 0, bias: nil, stride: Extent(1), padding: Padding(top: 1, left: 0, bottom: 3, right: 2),
      dilation: Extent(height: 3, width: 2))
    nodes[0] = Node(.convolution(wide), inputs: [0])
    let facts = try validate(nodes)
    #expect(facts.shapes[1] == Shape(2, 6, 6) && facts.multiplyAdds[0] == 72 * 9)
    #expect(nodes[0].version == 2 && nodes[0].operator.operatorSet == 2)
    #expect(good[0].version == 1 && good[0].operator.operatorSet == 1)
    let names = good[0].attributes.map { $0.name }
    #expect(nodes[0].attributes.map { $0.name } == names + ["dilation_height", "dilation_width"])
  }

  @Test("tensors and values that nobody uses are refused")
  func unused() {
    #expect(throws: FormatError.self) {
      try validate(good, [weight, linear, TensorInfo(name: "x", type: .fp32, shape: Shape(1))])
    }
    var nodes = good
    nodes.insert(Node(.relu(ReLU()), inputs: [0]), at: 3)
    nodes[4].inputs = [3]
    #expect(throws: FormatError.self) { try validate(nodes) }
  }

  @Test("a graph may not ask for the same weights over and over")
  func namedElements() throws {
    let square = TensorInfo(name: "w", type: .int8, shape: Shape(4096, 4096))
    func chain(_ count: Int) throws(FormatError) -> GraphFacts {
      var nodes = [Node(.flatten(Flatten()), inputs: [0])]
      for i in 1...count { nodes.append(Node(.linear(Linear(weight: 0, bias: nil)), inputs: [i])) }
      return try Graph(nodes: nodes).validate(input: Shape(1, 64, 64), tensors: [square], classes: 4096)
    }
    _ = try chain(16)
    do {
      _ = try chain(17)
      Issue.record("accepted")
    } catch { #expect(error.code == .limit) }
  }

  @Test(
    "two values are added when their dimensions are equal or 1",
    arguments: [
      ([2, 3, 4], [2, 3, 4], [2, 3, 4]), ([2, 3, 4], [2, 1, 1], [2, 3, 4]),
      ([1, 3, 4], [2, 1, 4], [2, 3, 4]),
      ([2], [2, 3, 4], [2, 3, 4]), ([1], [5], [5]), ([3, 1, 1], [1], [3, 1, 1]), ([2, 3, 4], [3], []),
      ([2], [3], []), ([2, 3, 4], [2, 3, 3], []),
    ])
  func broadcast(a: [Int], b: [Int], result: [Int]) {
    for (a, b) in [(a, b), (b, a)] {
      #expect((try? Shape(a).broadcast(with: Shape(b)).dimensions) ?? [] == result)
    }
  }
}
