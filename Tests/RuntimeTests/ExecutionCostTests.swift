import FermRuntime
import Testing

@testable import FermFormat

/// What is counted before anything runs; all of it in 64 bits, since the bounds are beyond 32.
@Suite("The cost of an image")
struct ExecutionCostTests {
  /// - Parameter output: the shape of what each node makes.
  private func cost(
    _ input: Shape, _ nodes: [Node], output: Shape, _ tensors: [TensorInfo] = []
  ) -> ExecutionCost {
    let facts = GraphFacts(
      shapes: [input] + nodes.map { _ in output }, multiplyAdds: nodes.map { _ in 0 }, peakBytes: 0,
      lastUse: (0...nodes.count).map { $0 }, isVariance: tensors.map { _ in false })
    return ExecutionCost(graph: Graph(nodes: nodes), tensors: tensors, facts: facts)
  }

  private func chain(_ count: Int, _ definition: Operator) -> [Node] {
    (0..<count).map { Node(definition, inputs: [$0]) }
  }

  @Test("is exact at the bound, and beyond the numbers of 32 bits")
  func bound() {
    // 2^30 operations each: 2^24 floats in whole registers.
    let side = Shape(1, 1024, 1024)
    let within = cost(side, chain(1024, .relu(ReLU())), output: side)
    #expect(within.totalWork == 1 << 40)
    #expect(within.refusal == nil)
    let beyond = cost(side, chain(1025, .relu(ReLU())), output: side)
    #expect(beyond.totalWork == (1 << 40) + (1 << 30))
    #expect(beyond.refusal?.code == .work)
    // The most that a file can say does not overflow.
    let largest = Shape(1, 1 << 20, 128)
    let most = cost(largest, chain(4096, .softmax(Softmax())), output: largest)
    #expect(most.totalWork == 4096 * (2 << 27) * 1024)
    #expect(most.refusal?.code == .work)
  }

  @Test("has the bounds that the page names, not what is left of them in 32 bits")
  func bounds() {
    #expect(ExecutionCost.mostWork == 1_099_511_627_776)
    #expect(ExecutionCost.mostWeightBytes == 1_073_741_824)
    #expect(ExecutionCost.mostSessionBytes == 1_073_741_824)
  }

  @Test("counts a depthwise layer for what it takes, and no register of channels for each of its outputs")
  func depthwise() {
    let map = Shape(640, 32, 32)
    let weight = TensorInfo(name: "w", type: .fp32, shape: Shape(640, 1, 3, 3))
    let layer = Convolution(weight: 0, bias: nil, padding: Padding(1), groups: 640)
    let nodes = [Node(.relu(ReLU()), inputs: [0]), Node(.convolution(layer), inputs: [1])]
    let cost = cost(map, nodes, output: map, [weight])
    let outputs: Int64 = 640 * 32 * 32
    #expect(cost.work[1] == outputs * (9 * 8 + 64))
    // The filters in registers and as the file has them, and the summands.
    #expect(cost.weightBytes == 4 * 640 * (9 + 9 + 1))
  }

  @Test("names too much memory as such")
  func memory() {
    let largest = Shape(1, 1 << 20, 128)
    let values = cost(largest, chain(1, .relu(ReLU())), output: largest)
    #expect(values.valueBytes == 4 * 16 << 27)
    #expect(values.refusal?.code == .memory)
    // 64 outputs for the one that there is, and a register of channels for each.
    let window = TensorInfo(name: "w", type: .fp32, shape: Shape(1, 1 << 16, 64, 32))
    let weights = cost(
      Shape(1 << 16, 64, 32), chain(1, .convolution(Convolution(weight: 0, bias: nil))),
      output: Shape(1, 1, 1), [window])
    #expect(weights.weightBytes >= 4 * 64 << 27)
    #expect(weights.refusal?.code == .memory)
  }

  @Test(
    "of a pool is its window times its output, or what going down and across takes",
    arguments: [
      (window: Extent(height: 2, width: 3), stride: Extent(1), size: (20, 30), operations: 6 * 19 * 28),
      (window: Extent(height: 64, width: 1), stride: Extent(1), size: (100, 30), operations: 64 * 37 * 30),
      // Down all 1,000 columns, and across for each output.
      (window: Extent(63), stride: Extent(1), size: (1000, 1000), operations: 938 * (1000 * 63 + 938 * 63)),
      // One output a row, and still all 64 columns down.
      (window: Extent(64), stride: Extent(1), size: (1000, 64), operations: 937 * (64 * 64 + 64)),
      // Windows hardly overlap: each by itself.
      (window: Extent(64), stride: Extent(32), size: (1000, 1000), operations: 64 * 64 * 30 * 30),
    ])
  func pools(window: Extent, stride: Extent, size: (Int, Int), operations: Int) {
    let input = Shape(17, size.0, size.1)
    let output = Shape(
      17, (size.0 - window.height) / stride.height + 1, (size.1 - window.width) / stride.width + 1)
    let elements = 64 * 32 * size.0 * size.1
    for pool in [
      Operator.maxPool(MaxPool(window: window, stride: stride)),
      .averagePool(AveragePool(window: window, stride: stride)),
    ] {
      #expect(cost(input, chain(1, pool), output: output).totalWork == Int64(8 * 32 * operations + elements))
    }
  }
}
