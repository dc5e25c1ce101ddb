import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

/// The network of docs/extending.md, written against the public interface alone.
private struct TinyNet: Network {
  let parameters: [Parameter]
  private let conv: ConvolutionLayer
  private let norm: BatchNormLayer
  var head: [Parameter] { last.parameters }
  private let last: LinearLayer

  init(classes: Int, seed: UInt64) {
    var make = ParameterMaker(seed: seed)
    conv = ConvolutionLayer(&make, "conv", from: 1, to: 16)
    norm = BatchNormLayer(&make, "bn", 16)
    last = LinearLayer(&make, "lin", from: 16 * 4, to: classes)
    parameters = make.parameters
  }

  func callAsFunction(_ x: Variable) -> Variable {
    last(norm(conv(x)).relu().adaptiveAveragePool(2).flatten())
  }
}

/// A block of a face network: a rectifier that is trained, behind taps that lie apart.
private struct SlopeNet: Network {
  let parameters: [Parameter]
  private let conv: ConvolutionLayer
  private let slopes: PReLULayer
  var head: [Parameter] { last.parameters }
  private let last: LinearLayer

  init() {
    var make = ParameterMaker(seed: 3)
    conv = ConvolutionLayer(&make, "conv", from: 1, to: 12, padding: 2, dilation: 2)
    slopes = PReLULayer(&make, "act", 12)
    last = LinearLayer(&make, "lin", from: 12 * 4, to: 2)
    parameters = make.parameters
  }

  func callAsFunction(_ x: Variable) -> Variable {
    last(slopes(conv(x)).clip(from: -1, to: 6).adaptiveAveragePool(2).flatten())
  }
}

@Suite("A user's own network")
struct OwnNetworkTests {
  @Test("trains slopes, and its file's copy does the same")
  func slopes() throws {
    let workers = try Workers(count: 2)
    let network = SlopeNet()
    let model = try Model(
      network, name: "slopes", preprocessing: .greyFaces((resized: 12, cropped: 10)),
      labels: LabelSet(names: ["a", "b"]), workers: workers)
    let copy = try GraphNetwork(try ModelFile(bytes: try model.encoded()).loadModel())
    let input = Tensor(Support.numbers(6 * 100, seed: 2), shape: Shape(6, 1, 10, 10))
    var trained: [[Float]] = []
    for network in [network, copy] as [any Network] {
      let slope = try #require(network.parameters.first { $0.name == "act.weight" })
      #expect(slope.kind == .slope)
      let before = slope.value.values
      let optimiser = Optimiser(
        network.parameters, rule: SGD(momentum: 0), decay: WeightDecay(0), sharer: Sharer(workers))
      let tape = Tape(.training, workers: workers)
      tape.backward(from: network(tape.input(input)).crossEntropy([0, 1, 0, 1, 1, 0]))
      optimiser.step(learningRate: 0.1)
      #expect(zip(slope.value.values, before).allSatisfy { $0.0 != $0.1 })
      trained.append(slope.value.values)
    }
    #expect(trained[0] == trained[1])
  }

  @Test("becomes a file that the runtime runs as the trainer does")
  func export() throws {
    let workers = try Workers(count: 1)
    let network = TinyNet(classes: 2, seed: 1)
    let model = try Model(
      network, name: "tiny", preprocessing: .greyFaces((resized: 12, cropped: 10)),
      labels: LabelSet(names: ["a", "b"]), workers: workers)
    let input = Support.numbers(3 * 100, seed: 2)
    let tape = Tape(.evaluation, workers: workers)
    let expected = network(tape.input(Tensor(input, shape: Shape(3, 1, 10, 10)))).value.values
    let file = try ModelFile(bytes: try model.encoded())
    let got = try Session(try Plan(try file.loadModel()), threads: 1).logits(input)
    #expect(zip(got, expected).allSatisfy { abs($0.0 - $0.1) < 1e-5 })
  }

  @Test("takes as many channels as the preprocessing gives, and a convolution without a bias")
  func colour() throws {
    let workers = try Workers(count: 1)
    let recipe = Preprocessing(
      colour: .rgb, resized: Extent(40), cropped: Extent(32), scale: [0.1, 0.2, 0.3], offset: [0, 1, 2])
    let network = SmallVGG(classes: 2, channels: recipe.inputShape[0], width: 0.0625, seed: 1)
    #expect(network.parameters[0].value.shape == Shape(4, 3, 3, 3))
    let model = try Model(
      network, name: "colour", preprocessing: recipe, labels: LabelSet(names: ["a", "b"]), workers: workers)
    #expect(try Session(try Plan(model), threads: 1).logits(Support.numbers(3 * 32 * 32, seed: 3)).count == 2)

    var make = ParameterMaker(seed: 1)
    let convolution = ConvolutionLayer(&make, "conv", from: 3, to: 4, bias: false)
    #expect(make.parameters.map { $0.name } == ["conv.weight"])
    let tape = Tape(.evaluation, workers: workers)
    let zeros = convolution(tape.input(Tensor(zeros: Shape(1, 3, 5, 5)))).value
    #expect(zeros.values == [Float](repeating: 0, count: 4 * 25))
  }
}

/// A rule and a schedule of a user's own, against the public interface alone.
private struct SignSGD: UpdateRule {
  let buffers: [String] = []

  func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let rate = Float(learningRate)
    for i in slice.weights.indices {
      let g = slice.gradients[i]
      slice.weights[i] -= g > 0 ? rate : g < 0 ? -rate : 0
    }
  }
}

private struct Halving: Schedule {
  let peak: Double
  func rate(at place: SchedulePlace) -> Double { peak / (place.epochs < 1 ? 1 : 2) }
}

@Suite("A user's own optimiser and schedule")
struct OwnOptimiserTests {
  @Test("train a network: each step moves each weight by the rate")
  func run() throws {
    let workers = try Workers(count: 2)
    let network = ToyFaces.network()
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batch = 48
    let trainer = try Trainer(
      network, optimiser: SignSGD(), schedule: Halving(peak: 0.25), settings: settings, workers: workers)
    let start = network.head.map { $0.value.values }
    let isComplete = try trainer.run(
      on: ToyFaces.set(48), validation: FaceSet(), preprocessing: .greyFaces((48, 44)), classes: 3,
      owner: ToyOwner(trainer, workers: workers))
    #expect(isComplete && trainer.state.history.map { $0.learningRate } == [0.25, 0.125])
    // Two steps of 0.25 and 0.125, up or down.
    for (before, after) in zip(start.joined(), network.head.flatMap { $0.value.values }) {
      let moved = abs(after - before)
      #expect([0, 0.125, 0.25, 0.375].contains { abs(moved - $0) < 1e-6 })
    }
  }
}
