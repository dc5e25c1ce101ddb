import FermFormat
import TestSupport
import Testing

@testable import FermRuntime
@testable import FermTrain

/// The tiles m of Winograd's F(m,3) that training takes for the networks' 3x3 convolutions, from the second layer on: the bits
/// of a run follow from them.
@Suite("The choice between the ways to compute a convolution in training")
struct TrainingChoiceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let side: Int
    let widths: [Int]
    /// Forward and back to the input.
    let tiles: [Int]
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "vgg", side: 40, widths: [64, 128, 256, 512], tiles: [5, 5, 5, 5, 5, 5, 5]),
    Case(name: "vgg-s", side: 44, widths: [64, 128, 256, 256], tiles: [5, 5, 5, 4, 4, 5, 5]),
  ]

  /// The convolutions of a trunk that halves its side after every second one.
  private func convolutions(_ test: Case) -> [ConvolutionShape] {
    var (result, channels, side) = ([ConvolutionShape](), 1, test.side)
    for width in test.widths {
      for _ in 0..<2 {
        result.append(
          ConvolutionShape(
            channels: channels, outputs: width, size: Extent(side), window: Extent(3), padding: Padding(1)))
        channels = width
      }
      side /= 2
    }
    return result
  }

  @Test(
    "is the same for every instruction set and batch of 16 and more", arguments: cases,
    InstructionSet.allCases)
  func choice(test: Case, instructions: InstructionSet) throws {
    guard let kernels = try? KernelTable(instructions) else { return }
    let convolutions = convolutions(test)
    for images in [16, 64, 640] {
      let problems = convolutions.map {
        ConvolutionProblem($0, images: images, isMap: false, needsGradient: $0.channels > 1, kernels: kernels)
      }
      #expect(problems[0].method is ThinConvolution)
      let methods = problems.dropFirst().compactMap { $0.method as? WinogradConvolution }
      #expect(methods.map { $0.shape.m } == test.tiles)
      #expect(methods.map { $0.turned.m } == test.tiles)
    }
  }

  @Test(
    "is bf16 with tiles of 4, and of 3 for maps of 5 pixels, where bf16 is multiplied and the batch is not huge",
    arguments: cases, [16, 64])
  func narrowChoice(test: Case, images: Int) throws {
    let kernels = try KernelTable(.emulated)
    let methods = convolutions(test).dropFirst().compactMap {
      ConvolutionProblem(
        $0, images: images, isMap: true, needsGradient: true, kernels: kernels, precision: .bf16
      ).method as? WinogradConvolution
    }
    for shapes in [methods.map { $0.shape }, methods.map { $0.turned }] {
      #expect(shapes.map { $0.m } == [4, 4, 4, 4, 4, 3, 3])
      #expect(shapes.allSatisfy { $0.kernels.isNarrow })
    }
  }

  @Test("falls to unrolled windows for groups of several channels, and without the kernels")
  func rest() {
    func method(_ shape: ConvolutionShape, _ kernels: KernelTable?) -> any TrainingConvolution {
      ConvolutionProblem(shape, images: 4, isMap: true, needsGradient: true, kernels: kernels).method
    }
    let grouped = [
      ConvolutionShape(channels: 16, outputs: 16, size: Extent(9), window: Extent(3), groups: 8),
      ConvolutionShape(channels: 16, outputs: 32, size: Extent(9), window: Extent(3), groups: 16),
    ]
    let direct = [
      ConvolutionShape(channels: 16, outputs: 16, size: Extent(9), window: Extent(3), stride: Extent(2)),
      ConvolutionShape(channels: 16, outputs: 16, size: Extent(9), window: Extent(1)),
      ConvolutionShape(channels: 16, outputs: 16, size: Extent(9), window: Extent(3), dilation: Extent(2)),
    ]
    let depthwise = ConvolutionShape(
      channels: 16, outputs: 16, size: Extent(9), window: Extent(5), stride: Extent(2), groups: 16)
    for shape in grouped { #expect(method(shape, .chosen) is UnrolledConvolution) }
    for shape in direct { #expect(method(shape, .chosen) is DirectConvolution) }
    #expect(method(depthwise, .chosen) is DepthwiseConvolution)
    for shape in direct + [depthwise] { #expect(method(shape, nil) is UnrolledConvolution) }
    let plain = ConvolutionShape(channels: 16, outputs: 16, size: Extent(9), window: Extent(3))
    let problem = ConvolutionProblem(plain, images: 4, isMap: false, needsGradient: true, kernels: nil)
    #expect(problem.method is UnrolledConvolution)
  }
}
