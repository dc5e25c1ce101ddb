import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

/// The networks beyond VGG, beside timm's with the same weights (Tests/Golden/networks.py).
@Suite("Networks")
struct NetworkTests {
  /// Rounding of fifty layers, in the order of sums that a processor's product has: 1.4e-5 is the most that was seen
  /// (mobilenetv2 in plain C).
  private static let tolerance: Float = 3e-5

  private func gap(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / b.reduce(1e-9) { max($0, abs($1)) }
  }

  @Test(
    "have timm's parameters, and its logits to 3e-5 of the largest in trainer and runtime, at even and odd sizes",
    arguments: ["efn", "efn-gray", "resnet18", "mobilenetv2"])
  func parity(name: String) throws {
    let golden = try #require(try GoldenNetworks.all.get()[name])
    let kind = try NetworkKind.named(name)
    let network = try kind.make(NetworkSettings(classes: 7))
    let trained = network.parameters.filter { $0.kind != .statistic }
    #expect(trained.reduce(0) { $0 + $1.value.count } == golden.parameters)
    #expect(network.parameters.count == golden.tensors)
    #expect(network.head.map { $0.value.shape[0] } == [7, 7] && network.classes == 7)
    GoldenNetworks.fill(network)
    let workers = try Workers(count: 2)
    let channels = kind.preprocessing.inputShape[0]
    for side in [48, 33] {
      let expected = try #require(golden.logits["\(side)"])
      let plane = side * side
      let grey = GoldenNetworks.numbers("input", 2 * plane).map { Float($0) }
      let input = (0..<2).flatMap { n in
        (0..<channels).flatMap { _ in grey[(n * plane)..<((n + 1) * plane)] }
      }
      let tape = Tape(.evaluation, workers: workers)
      let shape = Shape(2, channels, side, side)
      let inTrainer = gap(network(tape.input(Tensor(input, shape: shape))).value.values, expected)
      #expect(inTrainer < Self.tolerance, "\(side) pixels")
      let model = try Model(
        network, name: name, preprocessing: .greyFaces((side, side), channels: channels),
        labels: LabelSet(names: FaceData.fer2013), workers: workers)
      let copy = try ModelFile(bytes: try model.encoded()).loadModel()
      for instructions in InstructionSet.allCases where instructions.isAvailable {
        let plan = try Plan(copy, instructions: instructions)
        let inRuntime = gap(try Session(plan, threads: 2).logits(input), expected)
        #expect(inRuntime < Self.tolerance, "\(instructions), \(side) pixels")
      }
    }
  }

  @Test("get a grey face in as many planes as their first layer has channels")
  func preprocessing() throws {
    for kind in NetworkKind.all {
      let network = try kind.make(NetworkSettings(classes: 3))
      #expect(kind.preprocessing.colour == .grey && kind.sides.contains(kind.side.cropped))
      #expect(kind.preprocessing.inputShape[0] == network.parameters[0].value.shape[1])
      #expect(kind.preprocessing.inputShape[0] == (kind.name == "efn" ? 3 : 1))
    }
  }

  @Test("begin as timm's do: normal weights by the outputs, and residual blocks that add nothing")
  func beginning() throws {
    let network = EfficientNet(classes: 7, seed: 1)
    func values(_ network: any Network, _ name: String) throws -> [Float] {
      try #require(network.parameters.first { $0.name == name }).value.values
    }
    func deviation(_ values: [Float]) -> Float {
      (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
    let head = try values(network, "conv_head.weight")
    #expect(abs(deviation(head) / Float(2.0 / 1536).squareRoot() - 1) < 0.01)
    // Three deviations and more are to be found among so many.
    #expect((head.max() ?? 0) > 3 * deviation(head))
    let depthwise = try values(network, "blocks.5.1.conv_dw.weight")
    #expect(abs(deviation(depthwise) / Float(2.0 / 25).squareRoot() - 1) < 0.02)
    let last = try values(network, "classifier.weight")
    #expect(abs((last.max() ?? 0) * Float(7).squareRoot() - 1) < 0.01)
    #expect(try values(network, "classifier.bias") == [Float](repeating: 0, count: 7))
    let residual = ResNet18(classes: 7, seed: 1)
    #expect(try values(residual, "layer3.1.bn2.weight") == [Float](repeating: 0, count: 256))
    #expect(try values(residual, "layer3.1.bn1.weight") == [Float](repeating: 1, count: 256))
  }

  @Test("train with drop path and dropout to the same bits on one thread and three")
  func training() throws {
    func losses(_ threads: Int) throws -> [Float] {
      let workers = try Workers(count: threads)
      let network = MobileNetV2(classes: 3, dropout: 0.2, dropPath: 0.3, seed: 4)
      let step = TrainingStep(
        network, optimiser: Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers)),
        workers: workers)
      return try (0..<3).map { i in
        let faces = Tensor(Support.numbers(6 * 1024, seed: UInt64(i)), shape: Shape(6, 1, 32, 32))
        return try step(
          inputs: faces, targets: Targets([0, 1, 2, 0, 1, 2], classes: 3), seed: UInt64(i),
          learningRate: 0.01
        ).loss
      }
    }
    let (alone, shared) = (try losses(1), try losses(3))
    #expect(alone == shared && alone.allSatisfy { $0.isFinite && $0 > 0 })
  }
}

@Suite("Drop path")
struct DropPathTests {
  @Test("leaves out whole images, as often as it is told to, and scales up the others")
  func images() throws {
    let tape = Tape(.training, workers: try Workers(count: 2), seed: 3)
    let x = tape.input(Tensor([Float](repeating: 2, count: 4000 * 6), shape: Shape(4000, 6)))
    let y = x.dropPath(0.25).value.values
    var left = 0
    for n in 0..<4000 {
      let image = y[(n * 6)..<((n + 1) * 6)]
      #expect(image.allSatisfy { $0 == image.first } && (y[n * 6] == 0 || abs(y[n * 6] - 8.0 / 3) < 1e-6))
      if y[n * 6] == 0 { left += 1 }
    }
    #expect(abs(Double(left) / 4000 - 0.25) < 0.03)
    let again = x.dropPath(0.25).value.values
    #expect(again != y)
  }

  @Test("does nothing in evaluation, and leaves no trace in a graph")
  func evaluation() throws {
    for mode in [Tape.Mode.evaluation, .tracing] {
      let tape = Tape(mode, workers: try Workers(count: 1))
      let x = tape.input(Tensor([1, 2, 3], shape: Shape(3, 1)))
      #expect(x.dropPath(0.9) === x && tape.tracer.graph.nodes.isEmpty)
    }
  }
}
