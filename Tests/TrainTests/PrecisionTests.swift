import FermFormat
import TestSupport
import Testing

@testable import FermRuntime
@testable import FermTrain

/// Products of bf16: against fp32, and against plain C that does what the instructions do.
@Suite("Training in bf16")
struct PrecisionTests {
  /// A convolution that fills tiles, registers and panels partly, or makes odd numbers of tiles.
  struct Case: Sendable, CustomTestStringConvertible {
    let images, channels, outputs, height, width: Int
    var testDescription: String { "\(images)x\(channels)x\(height)x\(width) to \(outputs)" }
  }

  static let cases = [
    Case(images: 3, channels: 16, outputs: 72, height: 20, width: 20),
    Case(images: 2, channels: 17, outputs: 70, height: 11, width: 13),
    Case(images: 5, channels: 40, outputs: 24, height: 5, width: 5),
    Case(images: 7, channels: 8, outputs: 8, height: 2, width: 3),
  ]

  /// Result, and gradients of input, weights and bias.
  private func passes(
    _ test: Case, m: Int?, kernels: KernelTable, threads: Int = 2, input: [Float]? = nil
  ) throws -> [[Float]] {
    let convolution = ConvolutionShape(
      channels: test.channels, outputs: test.outputs, size: Extent(height: test.height, width: test.width),
      window: Extent(3), padding: Padding(1))
    let shape = Shape(test.images, test.channels, test.height, test.width)
    let weight = Parameter(
      "w", .weight,
      Tensor(
        Support.numbers(test.outputs * test.channels * 9, seed: 1),
        shape: Shape(test.outputs, test.channels, 3, 3)
      ))
    let bias = Parameter(
      "b", .bias, Tensor(Support.numbers(test.outputs, seed: 2), shape: Shape(test.outputs)))
    let tape = Tape(
      .training, workers: try Workers(count: threads), pool: BufferPool(), seed: 0, kernels: kernels,
      precision: m == nil ? .fp32 : .bf16)
    let x = tape.input(
      Tensor(input ?? Support.numbers(shape.count, seed: 3), shape: shape), needsGradient: true)
    let y: Variable
    if let m {
      let narrow = try #require(kernels.narrow)
      let way = WinogradConvolution(
        try #require(WinogradShape(convolution, m: m, kernels: narrow)),
        turned: try #require(WinogradShape(convolution.turned, m: m, kernels: narrow)))
      y = tape.record(way.forward(x, weight: weight.value, bias: bias.value), from: [x]) { result, gradient in
        way.backward(x, result, gradient, weight: weight, bias: bias)
      }
    } else {
      y = x.convolution(weight, bias: bias, padding: Padding(1))
    }
    let values = y.value.values
    tape.backward(from: y, gradient: Tensor(Support.numbers(y.shape.count, seed: 4), shape: y.shape))
    return [values] + [x.gradient, weight.gradient, bias.gradient].map { $0?.values ?? [] }
  }

  /// Root of the mean square of the differences over that of the numbers, and the largest of them over the largest.
  private func error(_ a: [Float], from b: [Float]) -> (mean: Double, largest: Double) {
    var (squares, of, gap, most) = (0.0, 1e-30, 0.0, 1e-30)
    for (a, b) in zip(a, b) {
      let (d, v) = (Double(a - b), Double(b))
      (squares, of, gap, most) = (squares + d * d, of + v * v, max(gap, abs(d)), max(most, abs(v)))
    }
    return ((squares / of).squareRoot(), gap / most)
  }

  /// Kernels that multiply bf16 on any machine, and those that do it by the processor's instructions.
  private static let emulated = try? KernelTable(.emulated)
  private static let real = try? KernelTable(.avx512)

  @Test(
    "convolutions are as near to fp32 as rounded numbers under Winograd's algorithm can be, each pass and size of tiles",
    arguments: cases, [2, 3, 4])
  func convolution(test: Case, m: Int) throws {
    let kernels = try #require(Self.emulated)
    let exact = try passes(test, m: nil, kernels: kernels)
    let narrow = try passes(test, m: m, kernels: kernels)
    for (pass, (a, b)) in zip(["forward", "input", "weights", "bias"], zip(narrow, exact)) {
      let error = error(a, from: b)
      #expect(a.count == b.count && !a.isEmpty)
      if pass == "bias" {
        #expect(error.largest < 1e-5)
      } else {
        #expect(error.mean < 0.018 && error.largest < 0.03, "\(pass): \(error)")
        #expect(error.mean > 5e-4, "\(pass) does not multiply bf16")
      }
    }
  }

  @Test(
    "convolutions have the same bits by plain C as by the processor's instructions, for any number of threads",
    arguments: cases, [2, 3, 4])
  func sameConvolution(test: Case, m: Int) throws {
    let one = try passes(test, m: m, kernels: try #require(Self.emulated), threads: 1)
    let three = try passes(test, m: m, kernels: try #require(Self.emulated), threads: 3)
    #expect(one == three)
    guard let real = Self.real, real.narrow != nil else { return }
    for threads in [1, 2, 5] {
      let isSame = try passes(test, m: m, kernels: real, threads: threads) == one
      #expect(isSame)
    }
  }

  @Test(
    "what is no number stays none, whatever its bits",
    arguments: [0x7FC0_0000, 0x7F80_0001, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFF80_0001, 0x7F80_0000] as [UInt32],
    [2, 3, 4])
  func notANumber(bits: UInt32, m: Int) throws {
    let (test, image, channel, y, x) = (Self.cases[0], 1, 5, 2, 7)
    let plane = test.height * test.width
    var input = Support.numbers(test.images * test.channels * plane, seed: 3)
    input[(image * test.channels + channel) * plane + y * test.width + x] = Float(bitPattern: bits)
    for kernels in [Self.emulated, Self.real].compactMap({ $0 }) where kernels.narrow != nil {
      let results = try passes(test, m: m, kernels: kernels, input: input)
      for o in 0..<test.outputs {
        // Every output whose window has the pixel, and every weight that met it; but no other image.
        let first = (image * test.outputs + o) * plane
        for i in [-1, 0, 1] {
          for j in [-1, 0, 1] { #expect(!results[0][first + (y + i) * test.width + x + j].isFinite) }
        }
        for k in 0..<9 { #expect(!results[2][(o * test.channels + channel) * 9 + k].isFinite) }
      }
      #expect(results[0].prefix(test.outputs * plane).allSatisfy { $0.isFinite })
    }
  }

  // MARK: - Fully connected layers

  private func linear(
    rows: Int, inputs: Int, outputs: Int, _ precision: TrainingPrecision, kernels: KernelTable,
    threads: Int = 2,
    accumulates: Bool = false, first: Float? = nil
  ) throws -> [[Float]] {
    let weight = Parameter(
      "w", .weight, Tensor(Support.numbers(outputs * inputs, seed: 1), shape: Shape(outputs, inputs)))
    let bias = Parameter("b", .bias, Tensor(Support.numbers(outputs, seed: 2), shape: Shape(outputs)))
    let tape = Tape(
      .training, workers: try Workers(count: threads), pool: BufferPool(), seed: 0, kernels: kernels,
      precision: precision)
    var numbers = Support.numbers(rows * inputs, seed: 3)
    if let first { numbers[0] = first }
    let x = tape.input(Tensor(numbers, shape: Shape(rows, inputs)), needsGradient: true)
    var y = x.linear(weight, bias: bias)
    let values = y.value.values
    // A weight that is used twice gets the sum of both gradients.
    if accumulates { y = y + x.linear(weight, bias: bias) }
    tape.backward(from: y, gradient: Tensor(Support.numbers(y.shape.count, seed: 4), shape: y.shape))
    return [values] + [x.gradient, weight.gradient, bias.gradient].map { $0?.values ?? [] }
  }

  static let layers = [(70, 80, 50), (5, 528, 131), (64, 16, 7), (1, 48, 1), (129, 272, 65)]

  @Test(
    "fully connected layers are as near to fp32 as rounded numbers can be, and have the same bits by plain C",
    arguments: layers, [false, true])
  func linear(layer: (rows: Int, inputs: Int, outputs: Int), accumulates: Bool) throws {
    func run(_ precision: TrainingPrecision, _ kernels: KernelTable, threads: Int = 2) throws -> [[Float]] {
      try linear(
        rows: layer.rows, inputs: layer.inputs, outputs: layer.outputs, precision, kernels: kernels,
        threads: threads,
        accumulates: accumulates)
    }
    let emulated = try #require(Self.emulated)
    let (exact, narrow) = (try run(.fp32, emulated), try run(.bf16, emulated))
    for (pass, (a, b)) in zip(["forward", "input", "weights", "bias"], zip(narrow, exact)) {
      let error = error(a, from: b)
      #expect(a.count == b.count && !a.isEmpty)
      #expect(error.mean < (pass == "bias" ? 1e-5 : 5e-3) && error.largest < 0.015, "\(pass): \(error)")
      if pass != "bias" { #expect(error.mean > 1e-4, "\(pass) does not multiply bf16") }
    }
    #expect(try run(.bf16, emulated, threads: 3) == narrow)
    guard let real = Self.real, real.narrow != nil else { return }
    #expect(try run(.bf16, real) == narrow)
  }

  @Test(
    "a fully connected layer keeps what is no number",
    arguments: [Float.nan, .infinity, Float(bitPattern: 0xFFFF_FFFF)])
  func linearNotANumber(value: Float) throws {
    let results = try linear(
      rows: 3, inputs: 32, outputs: 5, .bf16, kernels: try #require(Self.emulated), first: value)
    #expect(
      results[0].prefix(5).allSatisfy { !$0.isFinite } && results[0].dropFirst(5).allSatisfy { $0.isFinite })
    #expect((0..<5).allSatisfy { !results[2][32 * $0].isFinite })
  }

  // MARK: - Steps

  /// The losses of the first steps of a small network on numbers that are easily made again.
  private func losses(_ precision: TrainingPrecision, _ kernels: KernelTable, threads: Int = 2) throws
    -> [Float]
  {
    let workers = try Workers(count: threads)
    let network = SmallVGG(classes: 5, width: 0.25, seed: 7)
    let optimiser = Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers))
    return (0..<4).map { step in
      for parameter in network.parameters { parameter.clearGradient() }
      let tape = Tape(
        .training, workers: workers, pool: BufferPool(), seed: UInt64(step), kernels: kernels,
        precision: precision)
      let faces = Tensor(Support.numbers(6 * 32 * 32, seed: UInt64(step + 1)), shape: Shape(6, 1, 32, 32))
      let loss = network(tape.input(faces)).crossEntropy([0, 1, 2, 3, 4, 0])
      tape.backward(from: loss)
      optimiser.step(learningRate: 0.005)
      return loss.value[0]
    }
  }

  /// What this test found when it was written.
  static let golden: [(precision: TrainingPrecision, losses: [Float])] = [
    (.fp32, [1.5012989, 1.578835, 1.6249567, 1.6078849]),
    (.bf16, [1.501566, 1.5565597, 1.6295062, 1.6481872]),
  ]

  @Test(
    "the first steps' losses are what they were, by plain C, by the instructions, and for any number of threads",
    arguments: golden)
  func goldenLosses(golden: (precision: TrainingPrecision, losses: [Float])) throws {
    let found = try losses(golden.precision, try #require(Self.emulated))
    for (a, b) in zip(found, golden.losses) {
      #expect(abs(a - b) < 1e-4 * b, "\(golden.precision): \(found)")
    }
    guard let real = Self.real, real.narrow != nil else { return }
    for threads in [1, 3] { #expect(try losses(golden.precision, real, threads: threads) == found) }
  }

  @Test("a precision that the processor lacks is refused before anything is trained")
  func refusal() throws {
    var settings = TrainingSettings()
    settings.precision = .bf16
    func make() throws -> Trainer {
      try Trainer(ToyFaces.network(), settings: settings, workers: try Workers(count: 1))
    }
    if TrainingPrecision.bf16.isAvailable {
      _ = try make()
    } else {
      #expect(throws: TrainError.self) { try make() }
    }
  }
}
