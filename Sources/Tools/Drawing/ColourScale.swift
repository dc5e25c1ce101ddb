/// The colours that stand for numbers from 0 to 1: from black over purple, red and orange to pale yellow, lighter with every step,
/// so that they are told apart with any kind of colour vision and in print without colour.
enum ColourScale {
  /// The colours of ninths, between which the others lie; matplotlib's `inferno` (S. van der Walt and N. Smith, CC0).
  private static let stops: [(Double, Double, Double)] = [
    (0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51), (249, 140, 10),
    (249, 201, 50), (252, 255, 164),
  ]

  /// The colour of a number; those outside have the nearest end's.
  static func colour(_ value: Float) -> Colour {
    let place = Double(min(max(value, 0), 1)) * Double(stops.count - 1)
    let low = min(Int(place), stops.count - 2)
    let (a, b, share) = (stops[low], stops[low + 1], place - Double(low))
    func mixed(_ a: Double, _ b: Double) -> UInt8 { UInt8((a + share * (b - a)).rounded()) }
    return Colour(red: mixed(a.0, b.0), green: mixed(a.1, b.1), blue: mixed(a.2, b.2))
  }
}
