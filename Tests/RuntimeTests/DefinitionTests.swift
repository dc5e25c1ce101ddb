import FermFormat
import FermRuntime
import TestSupport
import Testing

/// Single operators over a map or a vector, element by element against plain loops, to the last bit.
@Suite("Operators against their definitions")
struct DefinitionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// The network's input `[1, H, W]`, which is multiplied by a factor for each of so many channels.
    let size: Extent
    let channels: Int
    /// Whether the operator takes the map as a vector.
    var isVector = false
    let `operator`: Operator
    /// The elements of the operator's tensors.
    var tensors: [[Float]] = []
    /// What becomes of the value, `[C, H, W]` or `[F, 1, 1]`.
    let expected: @Sendable (_ x: [Float], _ shape: Shape) -> [Float]
    var testDescription: String { name }
  }

  private static func slopes(_ count: Int) -> [Float] { Support.numbers(count, seed: 31) }

  private static func rectified(_ x: [Float], _ channel: (Int) -> Int, _ slopes: [Float]) -> [Float] {
    x.indices.map { x[$0] >= 0 ? x[$0] : slopes[channel($0) % slopes.count] * x[$0] }
  }

  private static func clipped(_ x: Float, _ low: Float, _ high: Float) -> Float {
    x < low ? low : x > high ? high : x
  }

  static let cases: [Case] = [
    Case(
      name: "prelu with a slope for each channel", size: Extent(height: 5, width: 3), channels: 17,
      operator: .prelu(PReLU(slope: 1)), tensors: [slopes(17)]
    ) { x, shape in rectified(x, { $0 / (shape[1] * shape[2]) }, slopes(17)) },
    Case(
      name: "prelu with one slope", size: Extent(height: 3, width: 7), channels: 10,
      operator: .prelu(PReLU(slope: 1)), tensors: [[0.125]]
    ) { x, _ in rectified(x, { _ in 0 }, [0.125]) },
    Case(
      name: "prelu of a vector", size: Extent(height: 3, width: 5), channels: 3, isVector: true,
      operator: .prelu(PReLU(slope: 1)), tensors: [slopes(45)]
    ) { x, _ in rectified(x, { $0 }, slopes(45)) },
    Case(
      name: "clip to numbers around zero", size: Extent(height: 4, width: 3), channels: 18,
      operator: .clip(Clip(low: -0.25, high: 0.375))
    ) { x, _ in x.map { clipped($0, -0.25, 0.375) } },
    Case(
      name: "clip to numbers above zero", size: Extent(height: 4, width: 3), channels: 18,
      operator: .clip(Clip(low: 0.125, high: 0.5))
    ) { x, _ in x.map { clipped($0, 0.125, 0.5) } },
    Case(
      name: "clip of a vector to numbers below zero", size: Extent(height: 5, width: 3), channels: 5,
      isVector: true, operator: .clip(Clip(low: -1, high: -0.5))
    ) { x, _ in x.map { clipped($0, -1, -0.5) } },
    Case(
      name: "clip to one number", size: Extent(2), channels: 3, operator: .clip(Clip(low: -3, high: -3))
    ) { x, _ in x.map { _ in -3 } },
    Case(
      name: "hard-swish", size: Extent(height: 4, width: 5), channels: 12, operator: .hardSwish(HardSwish())
    ) { x, _ in x.map { $0 * (clipped($0 + 3, 0, 6) * (1 / 6)) } },
    Case(
      name: "hard-swish of a vector", size: Extent(3), channels: 4, isVector: true,
      operator: .hardSwish(HardSwish())
    ) { x, _ in x.map { $0 * (clipped($0 + 3, 0, 6) * (1 / 6)) } },
  ]

  /// A convolution of one input with a factor for each channel, and the operator; what it gives are the logits.
  private func model(_ test: Case) throws -> Model {
    var tensors = [
      try Model.Weight(
        name: "a", shape: Shape(test.channels, 1, 1, 1), floats: factors(test.channels))
    ]
    for (i, elements) in test.tensors.enumerated() {
      tensors.append(try Model.Weight(name: "b\(i)", shape: Shape(elements.count), floats: elements))
    }
    var nodes = [Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [0])]
    if test.isVector { nodes.append(Node(.flatten(Flatten()), inputs: [1])) }
    nodes.append(Node(test.operator, inputs: [nodes.count]))
    if !test.isVector { nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count])) }
    let count = test.expected([Float](repeating: 0, count: shape(test).count), shape(test)).count
    return Model(
      name: "definition",
      preprocessing: Preprocessing(resized: test.size, cropped: test.size, scale: [1], offset: [0]),
      labels: LabelSet(names: (0..<count).map { "label \($0)" }), graph: Graph(nodes: nodes),
      tensors: tensors)
  }

  /// Of both signs, some beyond 3.
  private func factors(_ channels: Int) -> [Float] { Support.numbers(channels, seed: 5).map { 6 * $0 } }

  /// What the operator takes.
  private func shape(_ test: Case) -> Shape {
    let map = Shape(test.channels, test.size.height, test.size.width)
    return test.isVector ? Shape(map.count, 1, 1) : map
  }

  @Test(
    "give the numbers of the definition with every instruction set", arguments: cases,
    InstructionSet.allCases.filter { $0.isAvailable })
  func agreement(test: Case, instructions: InstructionSet) throws {
    let images = 5
    let pixels = test.size.height * test.size.width
    let x = Support.numbers(images * pixels, seed: 4)
    let expected = (0..<images).flatMap { image in
      let value = factors(test.channels).flatMap { factor in
        x[(image * pixels)..<((image + 1) * pixels)].map { factor * $0 }
      }
      return test.expected(value, shape(test))
    }
    #expect(Set(expected).count > 1 || test.name == "clip to one number")
    let plan = try Plan(try model(test), instructions: instructions)
    for maxBatch in [1, 5, 64] {
      let got = try Session(plan, maxBatch: maxBatch, threads: 2).logits(x)
      #expect(got == expected)
    }
  }
}
