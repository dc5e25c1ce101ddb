import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

/// Every operator's gradient against central differences of a weighted sum of its outputs.
@Suite("Gradients")
struct GradientTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let input: [Int]
    let parameters: [(Parameter.Kind, [Int])]
    let apply: @Sendable (Variable, [Parameter]) -> Variable
    var testDescription: String { name }

    /// The parameters, the same each time.
    var made: [Parameter] {
      parameters.enumerated().map { i, p in
        Parameter(
          "p\(i)", p.0, Tensor(Support.numbers(p.1.reduce(1, *), seed: UInt64(i + 1)), shape: Shape(p.1)))
      }
    }
  }

  static let cases: [Case] = [
    Case(name: "convolution", input: [3, 2, 5, 4], parameters: [(.weight, [3, 2, 3, 3]), (.bias, [3])]) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(
      name: "convolution with a stride and no bias", input: [2, 2, 6, 5],
      parameters: [(.weight, [2, 2, 3, 2])]
    ) {
      $0.convolution($1[0], bias: nil, stride: Extent(height: 2, width: 1))
    },
    Case(
      name: "convolution with four paddings in groups", input: [2, 4, 4, 5],
      parameters: [(.weight, [6, 2, 3, 2]), (.bias, [6])]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(top: 2, left: 0, bottom: 1, right: 1), groups: 2)
    },
    Case(
      name: "depthwise convolution with a stride", input: [2, 3, 5, 5],
      parameters: [(.weight, [3, 1, 3, 3]), (.bias, [3])]
    ) {
      $0.convolution($1[0], bias: $1[1], stride: Extent(2), padding: Padding(1), groups: 3)
    },
    Case(
      name: "depthwise convolution of small maps", input: [2, 9, 3, 4], parameters: [(.weight, [9, 1, 5, 5])]
    ) { $0.convolution($1[0], bias: nil, padding: Padding(2), groups: 9) },
    Case(
      name: "depthwise convolution with a dilation, strides and four paddings", input: [2, 3, 6, 7],
      parameters: [(.weight, [3, 1, 2, 3]), (.bias, [3])]
    ) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 2, width: 3),
        padding: Padding(top: 1, left: 0, bottom: 2, right: 3), groups: 3,
        dilation: Extent(height: 3, width: 2))
    },
    Case(
      name: "convolution with a dilation, strides and four paddings in groups", input: [2, 4, 8, 7],
      parameters: [(.weight, [6, 2, 3, 2]), (.bias, [6])]
    ) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 1, width: 2),
        padding: Padding(top: 2, left: 0, bottom: 1, right: 4), groups: 2,
        dilation: Extent(height: 3, width: 2))
    },
    Case(
      name: "convolution whose outer taps see padding alone", input: [2, 2, 3, 3],
      parameters: [(.weight, [2, 2, 3, 3])]
    ) {
      $0.convolution($1[0], bias: nil, padding: Padding(5), dilation: Extent(5))
    },
    Case(
      name: "dilated convolution between maps", input: [2, 8, 5, 6],
      parameters: [(.weight, [9, 8, 3, 3]), (.bias, [9]), (.weight, [8, 9, 3, 3])]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).convolution(
        $1[2], bias: nil, padding: Padding(2), dilation: Extent(2))
    },
    Case(
      name: "3x3 convolution of maps", input: [2, 9, 6, 7],
      parameters: [(.weight, [10, 9, 3, 3]), (.bias, [10])]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(
      name: "1x1 convolution of maps", input: [3, 9, 3, 2],
      parameters: [(.weight, [10, 9, 1, 1]), (.bias, [10])]
    ) {
      $0.convolution($1[0], bias: $1[1])
    },
    Case(
      name: "convolution of maps with strides and a dilation", input: [2, 8, 6, 7],
      parameters: [(.weight, [9, 8, 3, 2]), (.bias, [9])]
    ) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 2, width: 3),
        padding: Padding(top: 1, left: 0, bottom: 2, right: 1), dilation: Extent(height: 1, width: 2))
    },
    Case(
      name: "1x1 convolution of maps with a stride", input: [2, 8, 5, 4],
      parameters: [(.weight, [9, 8, 1, 1])]
    ) {
      $0.convolution($1[0], bias: nil, stride: Extent(2))
    },
    Case(
      name: "linear with whole registers", input: [3, 16], parameters: [(.weight, [5, 16]), (.bias, [5])]
    ) {
      $0.linear($1[0], bias: $1[1])
    },
    Case(
      name: "batch norm of maps", input: [2, 8, 4, 3],
      parameters: [
        (.weight, [9, 8, 3, 3]), (.norm, [9]), (.norm, [9]), (.statistic, [9]), (.statistic, [9]),
      ]
    ) {
      $0.convolution($1[0], bias: nil, padding: Padding(1)).batchNorm(
        BatchNormState(weight: $1[1], bias: $1[2], mean: $1[3], variance: $1[4]))
    },
    Case(
      name: "batch norm of maps by frozen statistics", input: [2, 8, 4, 3],
      parameters: [
        (.weight, [9, 8, 3, 3]), (.bias, [9]), (.norm, [9]), (.norm, [9]), (.statistic, [9]),
        (.statistic, [9]),
      ]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(
        BatchNormState(weight: $1[2], bias: $1[3], mean: $1[4], variance: $1[5]).frozen())
    },
    Case(
      name: "batch norm of vectors by frozen statistics", input: [5, 3],
      parameters: [(.norm, [3]), (.norm, [3]), (.statistic, [3]), (.statistic, [3])]
    ) {
      $0.batchNorm(BatchNormState(weight: $1[0], bias: $1[1], mean: $1[2], variance: $1[3]).frozen())
    },
    Case(name: "linear", input: [4, 5], parameters: [(.weight, [3, 5]), (.bias, [3])]) {
      $0.linear($1[0], bias: $1[1])
    },
    Case(
      name: "batch norm", input: [3, 2, 3, 2],
      parameters: [(.norm, [2]), (.norm, [2]), (.statistic, [2]), (.statistic, [2])]
    ) {
      $0.batchNorm(BatchNormState(weight: $1[0], bias: $1[1], mean: $1[2], variance: $1[3]))
    },
    Case(
      name: "batch norm of vectors", input: [5, 3],
      parameters: [(.norm, [3]), (.norm, [3]), (.statistic, [3]), (.statistic, [3])]
    ) {
      $0.batchNorm(BatchNormState(weight: $1[0], bias: $1[1], mean: $1[2], variance: $1[3]))
    },
    Case(name: "relu", input: [2, 9], parameters: []) { x, _ in x.relu() },
    Case(name: "prelu with a slope for each channel", input: [2, 3, 3, 5], parameters: [(.slope, [3])]) {
      $0.prelu($1[0])
    },
    Case(name: "prelu with one slope", input: [2, 2, 2, 3], parameters: [(.slope, [1])]) { $0.prelu($1[0]) },
    Case(name: "prelu of vectors", input: [4, 5], parameters: [(.slope, [5])]) { $0.prelu($1[0]) },
    Case(
      name: "prelu between maps", input: [2, 8, 4, 5],
      parameters: [(.weight, [9, 8, 3, 3]), (.slope, [9]), (.weight, [8, 9, 3, 3])]
    ) {
      $0.convolution($1[0], bias: nil, padding: Padding(1)).prelu($1[1]).convolution(
        $1[2], bias: nil, padding: Padding(1))
    },
    Case(name: "clip", input: [2, 3, 3, 5], parameters: []) { x, _ in x.clip(from: -0.5, to: 0.55) },
    Case(name: "hard-swish", input: [2, 3, 1, 5], parameters: []) { x, _ in
      // Beyond 3 on both sides.
      let twice = x + x
      let fourfold = twice + twice
      return fourfold.hardSwish()
    },
    Case(
      name: "activations between maps", input: [2, 8, 4, 5],
      parameters: [
        (.weight, [9, 8, 3, 3]), (.norm, [9]), (.norm, [9]), (.statistic, [9]), (.statistic, [9]),
      ]
    ) { x, p in
      let maps = x.convolution(p[0], bias: nil, padding: Padding(1))
      let norm = maps.batchNorm(BatchNormState(weight: p[1], bias: p[2], mean: p[3], variance: p[4]))
      return norm.silu().hardSwish() * maps.sigmoid().clip(from: 0.1, to: 0.9)
    },
    Case(
      name: "sums and products of maps", input: [2, 8, 4, 5],
      parameters: [
        (.weight, [9, 8, 3, 3]), (.norm, [9]), (.norm, [9]), (.statistic, [9]), (.statistic, [9]),
        (.weight, [9, 9, 3, 3]),
      ]
    ) { x, p in
      let maps = x.convolution(p[0], bias: nil, padding: Padding(1))
      let norm = maps.batchNorm(BatchNormState(weight: p[1], bias: p[2], mean: p[3], variance: p[4]))
      let sum = (norm + maps).clip(from: -1.1, to: 1.3)
      return (sum.convolution(p[5], bias: nil, padding: Padding(1)) + sum) * norm
    },
    Case(name: "silu", input: [2, 3, 2, 3], parameters: []) { x, _ in x.silu() },
    Case(name: "sigmoid", input: [2, 9], parameters: []) { x, _ in x.sigmoid() },
    Case(name: "softmax of vectors", input: [3, 5], parameters: []) { x, _ in x.softmax() },
    Case(name: "softmax of maps", input: [2, 3, 2, 2], parameters: []) { x, _ in x.softmax() },
    Case(name: "max pool", input: [2, 2, 5, 6], parameters: []) { x, _ in x.maxPool() },
    Case(name: "overlapping max pool", input: [1, 2, 5, 5], parameters: []) { x, _ in
      x.maxPool(window: 3, stride: 1)
    },
    Case(name: "adaptive average pool", input: [2, 2, 5, 5], parameters: []) { x, _ in
      x.adaptiveAveragePool(2)
    },
    Case(name: "padded max pool", input: [2, 2, 5, 6], parameters: []) { x, _ in
      x.maxPool(
        window: Extent(height: 3, width: 2), stride: Extent(2),
        padding: Padding(top: 1, left: 0, bottom: 2, right: 1))
    },
    Case(name: "average pool that counts its padding", input: [2, 2, 5, 6], parameters: []) { x, _ in
      x.averagePool(window: Extent(3), stride: Extent(2), padding: Padding(1), countPadding: true)
    },
    Case(name: "average pool that does not", input: [2, 2, 5, 6], parameters: []) { x, _ in
      x.averagePool(
        window: Extent(height: 2, width: 3), stride: Extent(height: 1, width: 2),
        padding: Padding(top: 0, left: 2, bottom: 1, right: 0))
    },
    Case(name: "adaptive average pool of a rectangle", input: [2, 2, 5, 4], parameters: []) { x, _ in
      x.adaptiveAveragePool(Extent(height: 2, width: 3))
    },
    Case(name: "sum of a value and itself", input: [2, 6], parameters: []) { x, _ in x + x },
    Case(name: "product of values with the batch alone", input: [9], parameters: []) { x, _ in x * x + x },
    Case(name: "sum and product of one value's two uses", input: [2, 2, 2, 3], parameters: []) { x, _ in
      x.silu() + x * x.sigmoid()
    },
    Case(name: "product with a factor for each channel", input: [2, 3, 2, 3], parameters: []) { x, _ in
      x * x.adaptiveAveragePool(1).sigmoid()
    },
    Case(
      name: "squeeze-and-excite of maps", input: [2, 8, 3, 2],
      parameters: [(.weight, [9, 8, 3, 3]), (.weight, [9, 9, 1, 1]), (.bias, [9])]
    ) {
      let maps = $0.convolution($1[0], bias: nil, padding: Padding(1))
      return maps * maps.adaptiveAveragePool(1).convolution($1[1], bias: $1[2]).sigmoid()
    },
    Case(name: "product of a vector and maps", input: [2, 3, 2, 3], parameters: []) { x, _ in
      x.adaptiveAveragePool(1).flatten() * x
    },
    Case(
      name: "product and sum with one channel for all", input: [2, 3, 2, 3],
      parameters: [(.weight, [1, 3, 1, 1])]
    ) { x, p in
      let attention = x.convolution(p[0], bias: nil)
      return attention + x * attention
    },
    Case(name: "sum of a row and a column", input: [2, 2, 3, 4], parameters: []) { x, _ in
      x.adaptiveAveragePool(Extent(height: 1, width: 4)) + x.adaptiveAveragePool(Extent(height: 3, width: 1))
    },
    Case(name: "flatten", input: [2, 2, 2, 3], parameters: []) { x, _ in x.flatten() },
    Case(
      name: "concatenation of maps, one of them twice", input: [2, 3, 2, 3],
      parameters: [(.weight, [2, 3, 1, 1])]
    ) { x, p in
      let other = x.convolution(p[0], bias: nil)
      return other.concatenated(with: [x, other, x.silu()])
    },
    Case(name: "concatenation of vectors", input: [3, 4], parameters: [(.weight, [3, 4])]) { x, p in
      x.linear(p[0], bias: nil).concatenated(with: [x])
    },
    Case(
      name: "concatenation of normalised maps", input: [2, 8, 4, 3],
      parameters: [
        (.weight, [9, 8, 3, 3]), (.norm, [9]), (.norm, [9]), (.statistic, [9]), (.statistic, [9]),
      ]
    ) { x, p in
      let norm = x.convolution(p[0], bias: nil, padding: Padding(1)).batchNorm(
        BatchNormState(weight: p[1], bias: p[2], mean: p[3], variance: p[4]))
      return norm.concatenated(with: [x])
    },
    Case(name: "pad", input: [2, 2, 2, 3], parameters: []) { x, _ in
      x.padded(front: 1, back: 2, Padding(top: 1, left: 0, bottom: 2, right: 3))
    },
    Case(name: "pad of channels alone", input: [2, 2, 2, 3], parameters: []) { x, _ in x.padded(front: 2) },
    Case(name: "nearest upsampling", input: [2, 2, 2, 3], parameters: []) { x, _ in
      x.upsampledNearest(Extent(height: 3, width: 2))
    },
    Case(name: "bilinear upsampling", input: [2, 2, 3, 2], parameters: []) { x, _ in
      x.upsampledBilinear(Extent(height: 2, width: 3))
    },
    Case(name: "bilinear upsampling of a row", input: [2, 2, 1, 4], parameters: []) { x, _ in
      x.upsampledBilinear(Extent(height: 4, width: 1))
    },
    Case(name: "dropout", input: [3, 20], parameters: []) { x, _ in x.dropout(0.4) },
    Case(name: "drop path", input: [7, 2, 3], parameters: []) { x, _ in x.dropPath(0.4) + x },
    Case(name: "cross-entropy", input: [4, 3], parameters: []) { x, _ in x.crossEntropy([0, 2, 1, 1]) },
  ]

  @Test("every operator of the format has a case")
  func complete() throws {
    let graphs = try Self.cases.map { test in
      let tape = Tape(.tracing, workers: try Workers(count: 1))
      _ = test.apply(tape.input(Tensor(zeros: Shape([1] + test.input.dropFirst()))), test.made)
      return tape.tracer.graph
    }
    #expect(OperatorVersion.missing(in: graphs).isEmpty)
  }

  @Test("equal finite differences", arguments: cases, [Engine.plain, .fast])
  func gradients(test: Case, engine: Engine) throws {
    let workers = try Workers(count: 2)
    let parameters = test.made
    let x = Tensor(Support.numbers(test.input.reduce(1, *), seed: 99), shape: Shape(test.input))
    var weights: [Float] = []

    func objective() -> (tape: Tape, input: Variable, output: Variable, value: Double) {
      let tape = Tape(.training, workers: workers, seed: 5, engine: engine)
      let input = tape.input(x, needsGradient: true)
      let output = test.apply(input, parameters)
      if weights.isEmpty { weights = Support.numbers(output.value.count, seed: 77) }
      let value = zip(output.value.values, weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      return (tape, input, output, value)
    }

    let run = objective()
    run.tape.backward(from: run.output, gradient: Tensor(weights, shape: run.output.shape))
    let inputGradient = try #require(run.input.gradient).values
    var checked = 0
    func check(_ tensor: Tensor, _ gradient: [Float], _ name: String) {
      let scale = gradient.reduce(Float(0.1)) { max($0, abs($1)) }
      for i in 0..<tensor.count {
        let (old, step): (Float, Float) = (tensor[i], 4e-3)
        tensor[i] = old + step
        let high = objective().value
        tensor[i] = old - step
        let low = objective().value
        tensor[i] = old
        let slope = Float((high - low) / Double(2 * step))
        #expect(
          abs(slope - gradient[i]) < 0.02 * scale, "\(test.name) \(name)[\(i)]: \(slope) and \(gradient[i])")
        checked += 1
      }
    }
    check(x, inputGradient, "x")
    for parameter in parameters {
      if let gradient = parameter.gradient { check(parameter.value, gradient.values, parameter.name) }
    }
    #expect(checked >= 8)
  }

  @Test(
    "nothing stays of a pass that nobody goes back over, or that somebody did", arguments: cases,
    [Engine.plain, .fast])
  func leaksNothing(test: Case, engine: Engine) throws {
    let workers = try Workers(count: 1)
    let parameters = test.made
    for goesBack in [false, true] {
      weak var tape: Tape?
      weak var input: Variable?
      weak var output: Variable?
      do {
        let pass = Tape(.training, workers: workers, seed: 5, engine: engine)
        let x = pass.input(
          Tensor(Support.numbers(test.input.reduce(1, *), seed: 99), shape: Shape(test.input)),
          needsGradient: true)
        let y = test.apply(x, parameters)
        if goesBack { pass.backward(from: y) }
        (tape, input, output) = (pass, x, y)
        #expect(tape != nil && input != nil && output != nil)
      }
      #expect(tape == nil && input == nil && output == nil)
    }
  }
}
