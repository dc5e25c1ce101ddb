import FermFormat
import TestSupport
import Testing

@testable import FermRuntime
@testable import FermTrain

/// Convolutions by the definition with products of bf16: against fp32, and against plain C that does what the instructions do.
@Suite("Convolutions of maps by their definition in bf16")
struct DirectPrecisionTests {
  /// Odd numbers of channels, pixels and images, which make pairs that are half empty; windows, strides and padding.
  struct Case: Sendable, CustomTestStringConvertible {
    let images, channels, outputs, height, width, window: Int
    var stride = 1
    var padding = Padding()
    var testDescription: String {
      "\(images)x\(channels)x\(height)x\(width) to \(outputs) by \(window)x\(window), stride \(stride)"
    }
  }

  static let cases = [
    Case(images: 3, channels: 17, outputs: 70, height: 5, width: 3, window: 1),
    Case(images: 33, channels: 150, outputs: 41, height: 1, width: 1, window: 1),
    Case(images: 5, channels: 32, outputs: 300, height: 7, width: 8, window: 1),
    Case(images: 3, channels: 24, outputs: 33, height: 7, width: 6, window: 1, stride: 2),
    Case(
      images: 3, channels: 19, outputs: 72, height: 9, width: 8, window: 3, stride: 2, padding: Padding(1)),
  ]

  /// Result, and gradients of input, weights and bias.
  private func passes(
    _ test: Case, _ precision: TrainingPrecision, kernels: KernelTable, threads: Int = 2,
    hasBias: Bool = true,
    broken: Int? = nil
  ) throws -> [[Float]] {
    func tensor(_ seed: UInt64, _ dimensions: Int...) -> Tensor {
      Tensor(Support.numbers(dimensions.reduce(1, *), seed: seed), shape: Shape(dimensions))
    }
    let weight = Parameter("w", .weight, tensor(1, test.outputs, test.channels, test.window, test.window))
    let bias = hasBias ? Parameter("b", .bias, tensor(2, test.outputs)) : nil
    let tape = Tape(
      .training, workers: try Workers(count: threads), pool: BufferPool(), seed: 0, kernels: kernels,
      precision: precision)
    let input = tensor(3, test.images, test.channels, test.height, test.width)
    if let broken { input[broken] = .nan }
    let x = tape.input(input, needsGradient: true)
    let y = x.convolution(weight, bias: bias, stride: Extent(test.stride), padding: test.padding)
    let values = y.value.values
    tape.backward(from: y, gradient: Tensor(Support.numbers(y.shape.count, seed: 4), shape: y.shape))
    return [values] + [x.gradient, weight.gradient, bias?.gradient].compactMap { $0?.values }
  }

  /// Kernels that multiply bf16 on any machine, and those that do it by the processor's instructions.
  private static let emulated = try? KernelTable(.emulated)
  private static let real = try? KernelTable(.avx512)

  @Test("are as near to fp32 as rounded numbers are, each pass", arguments: cases, [true, false])
  func agreement(test: Case, hasBias: Bool) throws {
    let kernels = try #require(Self.emulated)
    let exact = try passes(test, .fp32, kernels: kernels, hasBias: hasBias)
    let narrow = try passes(test, .bf16, kernels: kernels, hasBias: hasBias)
    #expect(narrow.count == exact.count && exact.count == (hasBias ? 4 : 3))
    for (pass, (a, b)) in zip(["forward", "input", "weights", "bias"], zip(narrow, exact)) {
      #expect(a.count == b.count && !a.isEmpty)
      let gap = zip(a, b).map { Double(($0 - $1) * ($0 - $1)) }.reduce(0, +)
      let error = (gap / b.map { Double($0 * $0) }.reduce(1e-30, +)).squareRoot()
      if pass == "bias" {
        #expect(error < 1e-5)
      } else {
        // Two numbers of 8 bits each, whose errors are independent.
        #expect(error < 5e-3, "\(pass): \(error)")
        #expect(error > 5e-4, "\(pass) does not multiply bf16: \(error)")
      }
    }
  }

  @Test(
    "have the same bits by plain C as by the processor's instructions, for any number of threads",
    arguments: cases, [true, false])
  func sameBits(test: Case, hasBias: Bool) throws {
    let emulated = try #require(Self.emulated)
    let one = try passes(test, .bf16, kernels: emulated, threads: 1, hasBias: hasBias)
    let three = try passes(test, .bf16, kernels: emulated, threads: 3, hasBias: hasBias)
    #expect(one == three)
    guard let real = Self.real, real.narrow != nil else { return }
    for threads in [1, 2, 5] {
      let isSame = try passes(test, .bf16, kernels: real, threads: threads, hasBias: hasBias) == one
      #expect(isSame)
    }
  }

  @Test("keep what is no number in the image that has it, and in its channel's filters", arguments: cases)
  func notANumber(test: Case) throws {
    let (image, channel) = (test.images - 1, test.channels - 1)
    let plane = test.height * test.width
    for kernels in [Self.emulated, Self.real].compactMap({ $0 }) where kernels.narrow != nil {
      let result = try passes(
        test, .bf16, kernels: kernels, broken: (image * test.channels + channel) * plane)
      let each = result[0].count / test.images
      #expect(result[0][..<(image * each)].allSatisfy { $0.isFinite })
      #expect(result[0][(image * each)...].contains { $0.isNaN })
      #expect(result[1].allSatisfy { $0.isFinite })
      let taps = test.window * test.window
      for (i, value) in result[2].enumerated() where i / taps % test.channels != channel {
        #expect(value.isFinite)
      }
      #expect(result[2].contains { $0.isNaN })
    }
  }
}
