internal import Foundation

/// Pseudo-random numbers that are the same for one seed on every machine (SplitMix64; Steele et al., 2014).
public struct RandomNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts a sequence.
  public init(seed: UInt64) { state = seed }

  /// Starts the sequence that belongs to a place, such as (seed, epoch, image): no draw depends on who came before.
  public init(seed: UInt64, _ place: UInt64...) {
    state = seed
    for part in place { state = Self.mix(state &+ 0x9E37_79B9_7F4A_7C15 &* (part &+ 1)) }
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A number from 0 up to, not including, 1.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A whole number from 0 up to, not including, `bound`.
  public mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(bound, 1))).high)
  }

  /// Two independent numbers of a normal distribution with mean 0 (Box and Muller, 1958).
  mutating func normals(deviation: Double) -> (Double, Double) {
    // Above 0, so that its logarithm is a number.
    let length = deviation * (-2 * log(1 - Double(uniform()))).squareRoot()
    let angle = 2 * Double.pi * Double(uniform())
    return (length * cos(angle), length * sin(angle))
  }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
