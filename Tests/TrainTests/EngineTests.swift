import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

extension BatchNormState {
  /// The same with running statistics that stay as they are, variances at least 0.5.
  func frozen() -> BatchNormState {
    for c in 0..<variance.value.count { variance.value[c] = max(0.5, abs(variance.value[c])) }
    (mean.isFrozen, variance.isFrozen) = (true, true)
    return self
  }
}

/// The fast engine against the plain one, which finite differences check operator by operator.
@Suite("The fast engine")
struct EngineTests {
  /// What a step leaves behind: logits or maps, and all gradients.
  private struct Outcome {
    var values: [[Float]]
    var names: [String]
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let input: [Int]
    let parameters: [(Parameter.Kind, [Int])]
    let apply: @Sendable (Variable, [Parameter]) -> Variable
    var testDescription: String { name }
  }

  private static func norm(_ p: ArraySlice<Parameter>) -> BatchNormState {
    let p = Array(p)
    return BatchNormState(weight: p[0], bias: p[1], mean: p[2], variance: p[3])
  }

  private static func block(_ inputs: Int, _ outputs: Int) -> [(Parameter.Kind, [Int])] {
    [
      (.weight, [outputs, inputs, 3, 3]), (.bias, [outputs]), (.norm, [outputs]), (.norm, [outputs]),
      (.statistic, [outputs]), (.statistic, [outputs]),
    ]
  }

  private static let activations: [(name: String, apply: @Sendable (Variable) -> Variable)] = [
    ("ReLU", { $0.relu() }), ("ReLU6", { $0.clip(from: 0, to: 6) }),
    ("a clip", { $0.clip(from: 0.1, to: 0.9) }),
    ("SiLU", { $0.silu() }), ("hard-swish", { $0.hardSwish() }), ("sigmoid", { $0.sigmoid() }),
  ]

  /// Channels that fill registers partly, and a convolution behind, which takes their other lanes for zero.
  private static let activationCases = activations.flatMap { name, activation in
    [
      Case(name: "\(name) behind batch norm", input: [3, 8, 7, 5], parameters: block(8, 20) + block(20, 12)) {
        let a = activation(
          $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])))
        return a.convolution($1[6], bias: $1[7], padding: Padding(1))
      },
      Case(
        name: "\(name) of maps, a frozen norm and a pool", input: [3, 8, 6, 5],
        parameters: block(8, 20) + block(20, 12)
      ) {
        let a = activation($0.convolution($1[0], bias: $1[1], padding: Padding(1)))
        let b = a.convolution($1[6], bias: $1[7], padding: Padding(1)).batchNorm(norm($1[8..<12]).frozen())
        return activation(b).maxPool()
      },
      Case(name: "\(name) twice", input: [2, 8, 5, 5], parameters: block(8, 12)) {
        activation(
          activation($0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6]))))
      },
    ]
  }

  /// A 3x3 convolution and its norm, of parameters from `first` on.
  private static func normed(_ x: Variable, _ p: [Parameter], _ first: Int) -> Variable {
    x.convolution(p[first], bias: p[first + 1], padding: Padding(1)).batchNorm(
      norm(p[(first + 2)..<(first + 6)]))
  }

  /// Values that several operators take, whose gradients meet.
  private static let combinationCases: [Case] = [
    Case(
      name: "residual blocks", input: [3, 8, 6, 5],
      parameters: block(8, 20) + block(20, 20) + block(20, 20) + block(20, 12) + block(20, 12)
    ) {
      let a = normed($0, $1, 0).relu()
      let b = (normed(normed(a, $1, 6).relu(), $1, 12) + a).relu()
      return (normed(b, $1, 18) + normed(b, $1, 24)).relu()
    },
    Case(
      name: "inverted residuals", input: [3, 8, 5, 5],
      parameters: block(8, 20) + block(20, 20) + block(20, 20) + block(20, 8)
    ) {
      let a = normed($0, $1, 0)
      let b = normed(a.silu(), $1, 6) + a
      let c = normed(b, $1, 12).silu() + b
      return normed(c, $1, 18).clip(from: 0, to: 6)
    },
    Case(name: "one sum for all", input: [2, 8, 5, 5], parameters: block(8, 20) + block(20, 20)) {
      // Read before and after its ReLU, added to itself, and normalised.
      let a = normed($0, $1, 0)
      let sum = a + a
      let b = sum.clip(from: 0, to: 0.9) + sum.relu()
      return (normed(sum, $1, 6) + (b + sum)).maxPool() + sum.silu().maxPool()
    },
    Case(name: "products of maps", input: [2, 8, 5, 5], parameters: block(8, 20) + block(20, 20)) {
      let a = normed($0, $1, 0)
      let b = normed(a, $1, 6)
      return (a * b).relu() * (a.sigmoid() * a.sigmoid())
    },
    Case(name: "maps beside a tensor", input: [2, 8, 5, 5], parameters: block(8, 8)) {
      let a = normed($0, $1, 0)
      return ($0 + a) * ($0 * a + a.maxPool(window: 1, stride: 1))
    },
  ]

  static let cases: [Case] = layerCases + activationCases + combinationCases

  private static let layerCases: [Case] = [
    // Maps of every remainder of tiles of 2, 4 and 5, channels that fill registers and panels partly.
    Case(name: "convolution 20x20", input: [3, 16, 20, 20], parameters: block(16, 72)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(name: "convolution 11x13", input: [2, 17, 11, 13], parameters: block(17, 70)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(name: "convolution 5x5", input: [5, 40, 5, 5], parameters: block(40, 24)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(name: "convolution 2x2", input: [5, 8, 2, 2], parameters: block(8, 8)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1))
    },
    Case(name: "convolution without padding", input: [2, 9, 9, 8], parameters: block(9, 12)) {
      $0.convolution($1[0], bias: nil)
    },
    Case(name: "a dilated first layer", input: [3, 3, 11, 9], parameters: block(3, 20)) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 1, width: 2),
        padding: Padding(top: 2, left: 3, bottom: 1, right: 0), dilation: Extent(height: 2, width: 3))
    },
    Case(
      name: "1x1 convolution", input: [5, 17, 7, 5], parameters: [(.weight, [70, 17, 1, 1]), (.bias, [70])]
    ) {
      $0.convolution($1[0], bias: $1[1])
    },
    Case(
      name: "1x1 convolution of many small maps", input: [67, 150, 2, 1],
      parameters: [(.weight, [140, 150, 1, 1])]
    ) { $0.convolution($1[0], bias: nil) },
    Case(
      name: "1x1 convolution to more channels", input: [70, 20, 3, 4],
      parameters: [(.weight, [170, 20, 1, 1])]
    ) { $0.convolution($1[0], bias: nil) },
    Case(
      name: "1x1 convolution of large maps", input: [2, 24, 61, 97], parameters: [(.weight, [290, 24, 1, 1])]
    ) { $0.convolution($1[0], bias: nil) },
    Case(
      name: "2x3 convolution without padding", input: [3, 20, 6, 5], parameters: [(.weight, [24, 20, 2, 3])]
    ) { $0.convolution($1[0], bias: nil) },
    Case(
      name: "1x1 convolution with strides", input: [9, 24, 6, 7],
      parameters: [(.weight, [40, 24, 1, 1]), (.bias, [40])]
    ) { $0.convolution($1[0], bias: $1[1], stride: Extent(height: 2, width: 3)) },
    Case(
      name: "1x1 convolution with padding", input: [2, 8, 3, 4],
      parameters: [(.weight, [9, 8, 1, 1]), (.bias, [9])]
    ) { $0.convolution($1[0], bias: $1[1], padding: Padding(top: 1, left: 0, bottom: 0, right: 2)) },
    Case(
      name: "3x3 convolution with a stride", input: [3, 40, 12, 10],
      parameters: [(.weight, [72, 40, 3, 3]), (.bias, [72])]
    ) { $0.convolution($1[0], bias: $1[1], stride: Extent(2), padding: Padding(1)) },
    Case(
      name: "3x3 convolution of an odd map with a stride", input: [18, 16, 7, 9],
      parameters: [(.weight, [20, 16, 3, 3])]
    ) {
      $0.convolution(
        $1[0], bias: nil, stride: Extent(2), padding: Padding(top: 0, left: 1, bottom: 1, right: 0))
    },
    Case(
      name: "5x4 convolution with strides and dilations", input: [3, 9, 13, 15],
      parameters: [(.weight, [21, 9, 5, 4]), (.bias, [21])]
    ) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 2, width: 3),
        padding: Padding(top: 3, left: 1, bottom: 2, right: 4), dilation: Extent(height: 1, width: 2))
    },
    Case(
      name: "convolutions of maps of few channels", input: [4, 16, 6, 6],
      parameters: [(.weight, [5, 16, 1, 1]), (.bias, [5]), (.weight, [3, 5, 2, 2]), (.bias, [3])]
    ) { $0.convolution($1[0], bias: $1[1]).convolution($1[2], bias: $1[3], stride: Extent(2)) },
    Case(
      name: "a convolution whose outer taps see padding alone", input: [2, 8, 3, 3],
      parameters: [(.weight, [9, 8, 3, 3])]
    ) { $0.convolution($1[0], bias: nil, padding: Padding(5), dilation: Extent(5)) },
    // Windows that are taken some outputs at a time, at every remainder of these, and those that are not; maps smaller than
    // their window; inputs that no output sees.
    Case(
      name: "depthwise 3x3", input: [3, 20, 13, 11], parameters: [(.weight, [20, 1, 3, 3]), (.bias, [20])]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1), groups: 20)
    },
    Case(
      name: "depthwise 3x3 at a stride", input: [2, 33, 18, 27],
      parameters: [(.weight, [33, 1, 3, 3]), (.bias, [33])]
    ) {
      $0.convolution($1[0], bias: $1[1], stride: Extent(2), padding: Padding(1), groups: 33)
    },
    Case(name: "depthwise 5x5", input: [2, 17, 24, 22], parameters: [(.weight, [17, 1, 5, 5])]) {
      $0.convolution($1[0], bias: nil, padding: Padding(2), groups: 17)
    },
    Case(
      name: "depthwise 5x5 at a stride, more below than above", input: [3, 16, 12, 24],
      parameters: [(.weight, [16, 1, 5, 5])]
    ) {
      $0.convolution(
        $1[0], bias: nil, stride: Extent(2), padding: Padding(top: 1, left: 1, bottom: 2, right: 2),
        groups: 16)
    },
    Case(name: "depthwise 5x5 of small maps", input: [9, 18, 3, 2], parameters: [(.weight, [18, 1, 5, 5])]) {
      $0.convolution($1[0], bias: nil, padding: Padding(2), groups: 18)
    },
    Case(
      name: "depthwise 5x5 of small maps at a stride", input: [7, 9, 3, 5],
      parameters: [(.weight, [9, 1, 5, 5])]
    ) { $0.convolution($1[0], bias: nil, stride: Extent(2), padding: Padding(2), groups: 9) },
    Case(
      name: "depthwise with strides, a dilation and four paddings", input: [3, 19, 15, 17],
      parameters: [(.weight, [19, 1, 4, 3]), (.bias, [19])]
    ) {
      $0.convolution(
        $1[0], bias: $1[1], stride: Extent(height: 4, width: 3),
        padding: Padding(top: 2, left: 0, bottom: 1, right: 4), groups: 19,
        dilation: Extent(height: 2, width: 3))
    },
    Case(
      name: "depthwise with windows smaller than the stride", input: [3, 16, 11, 10],
      parameters: [(.weight, [16, 1, 1, 3])]
    ) { $0.convolution($1[0], bias: nil, stride: Extent(height: 2, width: 5), groups: 16) },
    // No biases: before a norm, their gradients are rounding alone.
    Case(name: "depthwise between norms", input: [4, 8, 7, 6], parameters: block(8, 20) + block(1, 20)) {
      let a = $0.convolution($1[0], bias: nil, padding: Padding(1)).batchNorm(norm($1[2..<6])).relu()
      return a.convolution($1[6], bias: nil, padding: Padding(1), groups: 20)
        .batchNorm(norm($1[8..<12])).relu()
    },
    // So many planes that a piece of work is some of them, and the last piece fewer. The slopes are smooth, as no rounding may
    // decide which side of a corner one is on.
    Case(name: "many small maps", input: [67, 16, 2, 2], parameters: block(16, 40) + block(1, 40)) {
      let a = $0.convolution($1[0], bias: nil, padding: Padding(1)).batchNorm(norm($1[2..<6])).silu()
        .dropout(0.2)
      let b = a.convolution($1[6], bias: nil, padding: Padding(1), groups: 40)
        .batchNorm(norm($1[8..<12])).sigmoid()
      return a * b + a
    },
    Case(
      name: "squeeze-and-excite", input: [5, 12, 7, 6],
      parameters: block(12, 37) + [
        (.weight, [11, 37, 1, 1]), (.bias, [11]), (.weight, [37, 11, 1, 1]), (.bias, [37]),
      ]
    ) {
      let a = $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).silu()
      let gate = a.adaptiveAveragePool(1).convolution($1[6], bias: $1[7]).silu()
        .convolution($1[8], bias: $1[9]).sigmoid()
      return a * gate
    },
    Case(
      name: "a gate before its maps, and one behind them", input: [3, 16, 4, 3],
      parameters: [(.weight, [20, 16, 1, 1]), (.weight, [20, 16, 4, 3])]
    ) {
      let maps = $0.convolution($1[0], bias: nil)
      return $0.convolution($1[1], bias: nil).sigmoid() * maps
        * $0.adaptiveAveragePool(1).convolution($1[0], bias: nil)
    },
    Case(
      name: "a head of a pool and a linear layer", input: [6, 8, 5, 3],
      parameters: block(8, 32) + [(.weight, [7, 32]), (.bias, [7])]
    ) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).relu()
        .adaptiveAveragePool(1).flatten().linear($1[6], bias: $1[7])
    },
    Case(name: "two blocks and a pool", input: [4, 1, 12, 12], parameters: block(1, 20) + block(20, 36)) {
      let a = $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).relu()
      return a.convolution($1[6], bias: $1[7], padding: Padding(1)).batchNorm(norm($1[8..<12])).relu()
        .maxPool()
    },
    Case(name: "odd maps and dropout", input: [4, 3, 9, 7], parameters: block(3, 20) + block(20, 16)) {
      let a = $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).relu()
      return a.maxPool().dropout(0.3).convolution($1[6], bias: $1[7], padding: Padding(1))
    },
    Case(name: "drop path behind a norm", input: [6, 8, 5, 6], parameters: block(8, 8)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).dropPath(0.4) + $0
    },
    Case(name: "a pool right after batch norm", input: [3, 8, 6, 6], parameters: block(8, 12)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).maxPool()
    },
    Case(name: "frozen norms and a pool", input: [4, 8, 8, 6], parameters: block(8, 20) + block(20, 12)) {
      let a = $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6]).frozen())
      return a.relu().convolution($1[6], bias: $1[7], padding: Padding(1))
        .batchNorm(norm($1[8..<12]).frozen()).relu().maxPool()
    },
    Case(name: "ReLU twice, an overlapping pool", input: [3, 8, 7, 6], parameters: block(8, 12)) {
      $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6])).relu().relu()
        .maxPool(window: 3, stride: 1)
    },
    Case(name: "one norm for two ReLUs", input: [3, 8, 5, 5], parameters: block(8, 12) + block(12, 12)) {
      // Both results of the norm are used: their gradients add up.
      let normalised = $0.convolution($1[0], bias: $1[1], padding: Padding(1)).batchNorm(norm($1[2..<6]))
      let (a, b) = (normalised.relu().maxPool(), normalised.relu())
      b.accumulate(Tensor([Float](repeating: 0.5, count: b.shape.count), shape: b.shape))
      return a
    },
    Case(
      name: "linear", input: [70, 80], parameters: [(.weight, [50, 80]), (.bias, [50])]
    ) { $0.linear($1[0], bias: $1[1]) },
    Case(
      name: "linear with much to sum", input: [5, 528], parameters: [(.weight, [131, 528]), (.bias, [131])]
    ) { $0.linear($1[0], bias: $1[1]) },
  ]

  private func run(_ test: Case, threads: Int, kernels: KernelTable?) throws -> Outcome {
    let parameters = test.parameters.enumerated().map { i, p in
      Parameter(
        "p\(i)", p.0, Tensor(Support.numbers(p.1.reduce(1, *), seed: UInt64(i + 1)), shape: Shape(p.1)))
    }
    let (workers, pool) = (try Workers(count: threads), BufferPool())
    var outcome = Outcome(values: [], names: [])
    // Twice: the second pass finds memory that the first one used.
    for _ in 0..<2 {
      for parameter in parameters { parameter.clearGradient() }
      let tape = Tape(.training, workers: workers, pool: pool, seed: 5, kernels: kernels)
      // A first layer has another way when nobody wants the gradient of its input.
      let input = tape.input(
        Tensor(Support.numbers(test.input.reduce(1, *), seed: 99), shape: Shape(test.input)),
        needsGradient: test.input[1] >= 8)
      let output = test.apply(input, parameters)
      let weights = Tensor(Support.numbers(output.shape.count, seed: 77), shape: output.shape)
      outcome = Outcome(values: [output.value.values], names: ["output"])
      tape.backward(from: output, gradient: weights)
      if let gradient = input.gradient {
        outcome.values.append(gradient.values)
        outcome.names.append("input")
      }
      for parameter in parameters {
        outcome.values.append(parameter.gradient?.values ?? parameter.value.values)
        outcome.names.append("\(parameter.name) \(parameter.kind)")
      }
    }
    return outcome
  }

  @Test(
    "gives the plain engine's results to 1e-4 of the largest, with every instruction set", arguments: cases,
    [InstructionSet.portable, .avx2, .avx512])
  func agreement(test: Case, instructions: InstructionSet) throws {
    guard let kernels = try? KernelTable(instructions) else { return }
    let plain = try run(test, threads: 1, kernels: nil)
    let fast = try run(test, threads: 2, kernels: kernels)
    #expect(plain.names == fast.names)
    for (name, (a, b)) in zip(plain.names, zip(plain.values, fast.values)) {
      #expect(a.count == b.count)
      let largest = a.reduce(Float(1e-3)) { max($0, abs($1)) }
      let gap = zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      // The bias before a norm has no gradient but rounding.
      #expect(gap < 1e-4 * max(largest, 1), "\(test.name), \(instructions), \(name): \(gap) of \(largest)")
    }
  }

  @Test("gives the same bits for any number of threads", arguments: cases)
  func threads(test: Case) throws {
    let kernels = KernelTable.chosen
    let one = try run(test, threads: 1, kernels: kernels)
    for threads in [2, 3, 7] {
      #expect(try run(test, threads: threads, kernels: kernels).values == one.values)
    }
  }
}
