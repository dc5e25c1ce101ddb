import FermFormat
import FermTrain
import TestSupport
import Testing

@testable import FermRuntime

/// How the networks' convolutions are computed, from the first layer to the last: `d` is by the definition, a number m is
/// Winograd's F(m,3), `s` F(3,2) of the phases of a stride of 2. Results' bits follow from it, so a change here changes every
/// result.
@Suite("The choice between the ways to compute a convolution")
struct ConvolutionChoiceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let network: String
    let instructions: InstructionSet
    var precision = Precision.exact
    /// By the session's largest batch.
    let ways: [Int: String]
    var testDescription: String { "\(network), \(instructions), \(precision)" }
  }

  static let cases: [Case] = [
    Case(
      network: "vgg", instructions: .portable,
      ways: [
        1: "d 5 5 5 5 5 2 2", 2: "d 5 5 5 5 5 2 2", 4: "d 5 5 5 5 5 5 4", 8: "d 5 5 5 5 5 5 4",
        16: "d 5 5 5 5 5 5 4", 64: "d 5 5 5 5 5 5 4",
      ]),
    Case(
      network: "vgg", instructions: .avx2,
      ways: [
        1: "d 5 5 5 2 2 2 d", 2: "d 5 5 5 5 5 2 2", 4: "d 5 5 5 5 5 2 2", 8: "d 5 5 5 5 5 5 4",
        16: "d 5 5 5 5 5 5 4", 64: "d 5 5 5 5 5 5 4",
      ]),
    Case(
      network: "vgg", instructions: .avx512,
      ways: [
        1: "d 5 5 5 2 2 d d", 2: "d 5 5 5 4 4 2 2", 4: "d 5 5 5 5 5 2 2", 8: "d 5 5 5 5 5 5 2",
        16: "d 5 5 5 5 5 5 4", 64: "d 5 5 5 5 5 5 4",
      ]),
    Case(
      network: "vgg-s", instructions: .portable,
      ways: [
        1: "d 4 5 4 4 5 2 2", 2: "d 4 5 4 4 5 2 2", 4: "d 4 5 4 4 5 5 4", 8: "d 4 5 4 4 5 5 4",
        16: "d 4 5 4 4 5 5 4", 64: "d 4 5 4 4 5 5 4",
      ]),
    Case(
      network: "vgg-s", instructions: .avx2,
      ways: [
        1: "d 4 5 4 4 2 2 d", 2: "d 4 5 4 4 5 2 2", 4: "d 4 5 4 4 5 2 2", 8: "d 4 5 4 4 5 5 4",
        16: "d 4 5 4 4 5 5 4", 64: "d 4 5 4 4 5 5 4",
      ]),
    Case(
      network: "vgg-s", instructions: .avx512,
      ways: [
        1: "d 4 5 4 2 2 d d", 2: "d 4 5 4 4 4 2 2", 4: "d 4 5 4 4 5 2 2", 8: "d 4 5 4 4 5 5 2",
        16: "d 4 5 4 4 5 5 4", 64: "d 4 5 4 4 5 5 4",
      ]),
    Case(
      network: "vgg", instructions: .emulated, precision: .fast,
      ways: [
        1: "d 4 4 4 2 2 d d", 2: "d 4 4 4 4 4 2 2", 4: "d 4 4 4 4 4 3 2", 8: "d 4 4 4 4 4 3 2",
        16: "d 4 4 4 4 4 3 4", 64: "d 4 4 4 4 4 3 4",
      ]),
    Case(
      network: "vgg-s", instructions: .emulated, precision: .fast,
      ways: [
        1: "d 4 4 4 3 2 d d", 2: "d 4 4 4 4 4 2 2", 4: "d 4 4 4 4 4 3 2", 8: "d 4 4 4 4 4 3 2",
        16: "d 4 4 4 4 4 3 4", 64: "d 4 4 4 4 4 3 4",
      ]),
    Case(
      network: "resnet18", instructions: .portable,
      ways: [1: "d 5 5 5 5 s 5 d 5 5 s 4 d 4 4 s 2 d 2 2", 64: "d 5 5 5 5 s 5 d 5 5 s 4 d 4 4 s 3 d 3 3"]),
    Case(
      network: "resnet18", instructions: .avx2,
      ways: [1: "d 5 5 5 5 s 5 d 5 5 s 3 d 3 3 d 2 d 2 2", 64: "d 5 5 5 5 s 5 d 5 5 s 4 d 4 4 s 3 d 3 3"]),
    Case(
      network: "resnet18", instructions: .avx512,
      ways: [1: "d 6 6 6 6 s 6 d 6 6 s 3 d 3 3 d 2 d 2 2", 8: "d 6 6 6 6 s 6 d 6 6 s 6 d 6 6 s 3 d 3 3"]),
    Case(
      network: "resnet18", instructions: .emulated, precision: .fast,
      ways: [1: "d 4 4 4 4 s 4 d 4 4 s 3 d 3 3 d 2 d 2 2", 64: "d 4 4 4 4 s 4 d 4 4 s 4 d 4 4 s 3 d 3 3"]),
  ]

  @Test(
    "takes depthwise layers a register of channels at a time, with every instruction set and in both precisions",
    arguments: InstructionSet.allCases.filter { $0.isAvailable }, [3, 5, 7])
  func depthwise(instructions: InstructionSet, window: Int) throws {
    let kernels = try KernelTable(instructions)
    let (channels, side) = (40, 12)
    let weight = try Model.Weight(
      name: "w", shape: Shape(channels, 1, window, window),
      floats: Support.numbers(channels * window * window, seed: 1))
    let shape = ConvolutionShape(
      channels: channels, outputs: channels, size: Extent(side), window: Extent(window),
      padding: Padding(window / 2), groups: channels)
    let layer = try FusedConvolution(
      ConvolutionFilters(weight), shape, bias: [Float](repeating: 0, count: channels), isPlanar: false,
      relu: false, pool: false, kernels: kernels)
    for precision in [Precision.exact, .fast] {
      for images in [1, 8, 64] {
        let way = AnyConvolutionMethod.cheapest(
          for: layer, images: images, precision: precision, kernels: kernels)
        #expect(way?.name == "depthwise")
      }
    }
  }

  @Test("follows from the layer, the instruction set and the session's largest batch", arguments: cases)
  func choice(test: Case) throws {
    guard test.instructions.isAvailable else { return }
    let kind = try NetworkKind.named(test.network)
    let model = try Model(
      try kind.make(NetworkSettings(classes: 7)), name: test.network, preprocessing: kind.preprocessing,
      labels: LabelSet(names: (0..<7).map { "\($0)" }), workers: try Workers(count: 1))
    let plan = try Plan(model, instructions: test.instructions)
    for (batch, expected) in test.ways {
      let design = try SessionDesign(
        plan.steps, outputs: plan.results.map { $0.place }, inputSize: plan.inputSize, maxBatch: batch,
        threads: 2, precision: test.precision, kernels: plan.kernels)
      let names = design.methods.compactMap { $0?.name }
      let ways = names.map { name in
        ["direct": "d", "F(3,2)": "s"][name] ?? String(name.dropFirst(2).prefix(1))
      }
      #expect(ways.joined(separator: " ") == expected, "\(test), batch \(batch)")
    }
  }
}
