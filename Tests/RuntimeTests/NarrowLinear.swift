import FermFormat

/// What a fast session's fully connected layers compute, number by number: the reference of the tests.
///
/// An input lies as the kernels have it: `[block of 16 channels][pixel][channel of the block]`, with zeros in place of channels that
/// there are not.
struct NarrowLinear {
  let outputs: Int
  let channels: Int
  let pixels: Int
  /// `[outputs][channels][pixels]`
  let weight: Model.Weight
  let bias: [Float]
  var relu = false

  /// Steps of four bytes whose sums are exact.
  static let exactSteps = 1 << 14

  /// The outputs of one image, `[channels][pixels]`.
  func outputs(of image: [Float]) -> [Float] {
    let row = blocked { image[$0 * pixels + $1] }
    let sums = weight.info.type == .int8 ? sumsOfBytes(row) : sumsOfPairs(row)
    // Zero is the larger one only where it can be compared.
    return sums.map { relu && $0 <= 0 ? 0 : $0 }
  }

  /// In the order of the kernels.
  private func blocked(_ number: (_ channel: Int, _ pixel: Int) -> Float) -> [Float] {
    var row: [Float] = []
    for block in stride(from: 0, to: channels, by: 16) {
      for pixel in 0..<pixels {
        for channel in block..<(block + 16) {
          row.append(channel < channels ? number(channel, pixel) : 0)
        }
      }
    }
    return row
  }

  // MARK: - int8

  /// The scale and the zero of a row's bytes, and the bytes.
  static func quantised(_ row: [Float]) -> (scale: Float, zero: Int, bytes: [Int]) {
    guard row.allSatisfy({ $0.isFinite }) else { return (.nan, 0, row.map { _ in 0 }) }
    let (least, largest) = (min(row.min() ?? 0, 0), max(row.max() ?? 0, 0))
    let scale = max(largest / 255 - least / 255, .leastNormalMagnitude)
    let zero = (-least * (1 / scale)).rounded(.toNearestOrEven)
    let bytes = row.map { number -> Int in
      // Rounded once: the sum of 1.5 * 2^23 and so little has whole numbers only.
      let sum = (0x1.8p23 + zero).addingProduct(number, 1 / scale)
      return min(max(Int(sum - 0x1.8p23), 0), 255)
    }
    return (scale, Int(zero), bytes)
  }

  private func sumsOfBytes(_ row: [Float]) -> [Float] {
    let (scale, zero, bytes) = Self.quantised(row)
    let (scales, integers) = (weight.scales(), self.integers)
    return (0..<outputs).map { output in
      let weights = blocked { integers[(output * channels + $0) * pixels + $1] }
      var total: Float = 0
      for first in stride(from: 0, to: row.count, by: 4 * Self.exactSteps) {
        let part = (first..<min(first + 4 * Self.exactSteps, row.count)).reduce(0) {
          $0 + (bytes[$1] - zero) * Int(weights[$1])
        }
        total = first == 0 ? Float(part) : total + Float(part)
      }
      return bias[output].addingProduct(total * scales[output], scale)
    }
  }

  /// The elements of an int8 tensor, without their scales.
  private var integers: [Float] {
    let scales = weight.scales()
    let inputs = channels * pixels
    return weight.floats().enumerated().map { ($1 / scales[$0 / inputs]).rounded() }
  }

  // MARK: - bf16

  private func sumsOfPairs(_ row: [Float]) -> [Float] {
    let numbers = row.map(Self.rounded)
    let elements = weight.floats()
    return (0..<outputs).map { output in
      let weights = blocked { Self.rounded(elements[(output * channels + $0) * pixels + $1]) }
      var sum: Float = 0
      for first in stride(from: 0, to: row.count, by: 2) {
        for i in [first + 1, first] {
          sum = Self.withoutDenormal(sum.addingProduct(numbers[i], weights[i]))
        }
      }
      return sum + bias[output]
    }
  }

  /// To bf16, the nearest or of two the even one, a denormal number to zero.
  private static func rounded(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let bits = withoutDenormal(value).bitPattern
    return withoutDenormal(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
  }

  private static func withoutDenormal(_ value: Float) -> Float {
    value.isSubnormal ? (value.sign == .minus ? -0.0 : 0) : value
  }
}
