/// A colour of red, green and blue, 0 to 255.
struct Colour: Equatable, Sendable {
  let red: UInt8
  let green: UInt8
  let blue: UInt8

  static let black = Colour(red: 0, green: 0, blue: 0)
  static let white = Colour(red: 255, green: 255, blue: 255)
  /// Of a face without a label.
  static let grey = Colour(red: 187, green: 187, blue: 187)

  /// The colours of Okabe and Ito, which people with any kind of colour vision tell apart (Color Universal Design, 2008).
  private static let palette = [
    Colour(red: 213, green: 94, blue: 0),  // vermilion
    Colour(red: 0, green: 158, blue: 115),  // bluish green
    Colour(red: 204, green: 121, blue: 167),  // reddish purple
    Colour(red: 240, green: 228, blue: 66),  // yellow
    Colour(red: 0, green: 114, blue: 178),  // blue
    Colour(red: 230, green: 159, blue: 0),  // orange
    Colour(red: 86, green: 180, blue: 233),  // sky blue
  ]

  /// The colour of a label by its place among the model's; with more than seven labels some share one.
  static func label(_ place: Int?) -> Colour { place.map { palette[$0 % palette.count] } ?? .grey }

  /// Black or white, whichever contrasts more with this as a ground (WCAG 2.1).
  var ink: Colour { (luminance + 0.05) * (luminance + 0.05) > 1.05 * 0.05 ? .black : .white }

  /// Relative luminance (WCAG 2.1), with 2.2 for sRGB's curve.
  var luminance: Double {
    zip([red, green, blue], [0.2126, 0.7152, 0.0722]).reduce(0) { sum, part in
      let share = Double(part.0) / 255
      return sum + part.1 * share * share * share.squareRoot().squareRoot()
    }
  }
}
