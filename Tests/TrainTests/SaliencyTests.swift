import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

/// A smooth network of three colours, whose answer is the mean of its maps, weighted.
private struct SmoothNet: Network {
  static let side = 9
  let parameters: [Parameter]
  private let conv: ConvolutionLayer
  private let norm: BatchNormLayer
  private let last: LinearLayer
  var head: [Parameter] { last.parameters }

  init() {
    var make = ParameterMaker(seed: 4)
    conv = ConvolutionLayer(&make, "conv", from: 3, to: 8)
    norm = BatchNormLayer(&make, "bn", 8)
    last = LinearLayer(&make, "lin", from: 8, to: 3)
    parameters = make.parameters
    // Far from a batch's own.
    for parameter in parameters where parameter.kind == .statistic {
      parameter.value.update(from: Support.numbers(8, seed: 5).map { 1 + abs($0) })
    }
  }

  func maps(_ x: Variable) -> Variable { norm(conv(x)).silu() }

  func callAsFunction(_ x: Variable) -> Variable { last(maps(x).adaptiveAveragePool(1).flatten()) }

  /// The weights of a class.
  func weights(_ label: Int) -> [Float] {
    Array(last.parameters[0].value.values[(8 * label)..<(8 * label + 8)])
  }

  func model() throws -> Model {
    try Model(
      self, name: "smooth",
      preprocessing: Preprocessing(
        colour: .rgb, fit: .crop, resized: Extent(Self.side), cropped: Extent(Self.side), scale: [1, 1, 1],
        offset: [0, 0, 0]),
      labels: LabelSet(names: ["a", "b", "c"], temperature: 0.5), workers: try Workers(count: 1))
  }

  /// Two faces.
  static let faces = Support.numbers(2 * 3 * side * side, seed: 6)
}

@Suite("What a network looks at")
struct SaliencyTests {
  private let pixels = SmoothNet.side * SmoothNet.side

  @Test(
    "is the magnitude of the gradient of the likeliest class, the largest over colours, by finite differences"
  )
  func gradient() throws {
    let model = try SmoothNet().model()
    let session = try Session(try Plan(model), maxBatch: 1, threads: 1)
    let maps = try Saliency(model, workers: try Workers(count: 2)).maps(
      of: SmoothNet.faces, method: .gradient)
    for (face, map) in maps.enumerated() {
      let own = Array(SmoothNet.faces[(face * 3 * pixels)..<((face + 1) * 3 * pixels)])
      let logits = try session.logits(own)
      #expect(logits[map.label] == logits.max())
      #expect(abs(map.probability - softmax(logits, temperature: 0.5)[map.label]) < 1e-5)
      let step: Float = 1.0 / 16
      var slopes: [Float] = []
      for i in own.indices {
        var (more, less) = (own, own)
        more[i] += step
        less[i] -= step
        slopes.append(try abs(session.logits(more)[map.label] - session.logits(less)[map.label]) / (2 * step))
      }
      let strongest = (0..<pixels).map { i in max(slopes[i], slopes[pixels + i], slopes[2 * pixels + i]) }
      let (least, most) = (try #require(strongest.min()), try #require(strongest.max()))
      for (value, slope) in zip(map.values, strongest) {
        #expect(abs(value - (slope - least) / (most - least)) < 0.01)
      }
    }
  }

  @Test("is the gradient's mean where noise is added, and the gradient where there is none")
  func noise() throws {
    let saliency = try Saliency(try SmoothNet().model(), workers: try Workers(count: 1))
    func maps(_ method: SaliencyMethod, seed: UInt64 = 1) throws -> [SaliencyMap] {
      try saliency.maps(of: SmoothNet.faces, method: method, seed: seed)
    }
    let (plain, none) = (try maps(.gradient), try maps(.smoothGradient(copies: 2, noise: 0)))
    for (a, b) in zip(plain, none) {
      #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    let noisy = try maps(.smoothGradient(copies: 4, noise: 0.2))
    #expect(noisy != plain)
    #expect(try maps(.smoothGradient(copies: 4, noise: 0.2)) == noisy)
    #expect(try maps(.smoothGradient(copies: 4, noise: 0.2), seed: 2) != noisy)
  }

  @Test("is the sum of the maps, by the class's weights, where a network ends in their means")
  func classActivation() throws {
    let network = SmoothNet()
    let saliency = try Saliency(try network.model(), workers: try Workers(count: 1))
    for label in 0..<3 {
      let map = try saliency.maps(of: SmoothNet.faces, classes: [label, label], method: .gradCAM)[1]
      let tape = Tape(.evaluation, workers: try Workers(count: 1))
      let face = Tensor(
        Array(SmoothNet.faces[(3 * pixels)...]), shape: Shape(1, 3, SmoothNet.side, SmoothNet.side))
      let values = network.maps(tape.input(face)).value.values
      let weights = network.weights(label)
      let sums = (0..<pixels).map { i in
        max(0, (0..<8).reduce(Float(0)) { $0 + weights[$1] * values[$1 * pixels + i] })
      }
      let (least, most) = (try #require(sums.min()), try #require(sums.max()))
      #expect(map.label == label)
      for (value, sum) in zip(map.values, sums) {
        #expect(abs(value - (most > least ? (sum - least) / (most - least) : 0)) < 1e-4)
      }
    }
  }

  @Test("is found in a network of every operator", arguments: SaliencyMethod.all)
  func everyOperator(_ method: SaliencyMethod) throws {
    let model = try EveryOperator().model()
    let input = Support.numbers(model.preprocessing.inputShape.count, seed: 3)
    let map = try Saliency(model, workers: try Workers(count: 2)).maps(of: input, method: method)[0]
    #expect(map.values.count == 12 * 10)
    #expect(map.values.max() == 1 && map.values.min() == 0)
  }

  @Test("is refused for a face whose answer is not finite")
  func notFinite() throws {
    let saliency = try Saliency(try SmoothNet().model(), workers: try Workers(count: 1))
    var face = Array(SmoothNet.faces[..<(3 * pixels)])
    face[7] = .infinity
    #expect(throws: TrainError.self) { _ = try saliency.maps(of: face, method: .gradient) }
  }
}
