/// How the codecs store a pixel; the raw values are the shim's `FERM_LAYOUT` numbers.
enum PixelLayout: UInt32 {
  case grey = 1
  case greyAlpha = 2
  case rgb = 3
  case rgba = 4
  case cmyk = 5
  /// As Adobe writes it: 255 is no ink.
  case cmykInverted = 6

  /// The stored bytes of a pixel.
  var samples: Int {
    switch self {
    case .grey: 1
    case .greyAlpha: 2
    case .rgb: 3
    case .rgba, .cmyk, .cmykInverted: 4
    }
  }

  /// The bytes of a pixel after `flatten`.
  var channels: Int {
    switch self {
    case .grey, .greyAlpha: 1
    case .rgb, .rgba, .cmyk, .cmykInverted: 3
    }
  }

  /// Turns stored pixels into plain grey or RGB.
  func flatten(_ stored: [UInt8]) -> [UInt8] {
    switch self {
    case .grey, .rgb: stored
    case .greyAlpha, .rgba: overWhite(stored)
    case .cmyk: inkOnWhite(stored, inverted: false)
    case .cmykInverted: inkOnWhite(stored, inverted: true)
    }
  }

  /// Lays pixels whose last sample is alpha over white.
  private func overWhite(_ stored: [UInt8]) -> [UInt8] {
    var flat = [UInt8]()
    flat.reserveCapacity(stored.count / samples * channels)
    for pixel in stride(from: 0, to: stored.count, by: samples) {
      let alpha = stored[pixel + channels]
      for channel in 0..<channels {
        flat.append(255 - scale(255 - stored[pixel + channel], by: alpha))
      }
    }
    return flat
  }

  /// Takes what light the inks leave: (1 - C)(1 - K) and so on, without a colour profile.
  private func inkOnWhite(_ stored: [UInt8], inverted: Bool) -> [UInt8] {
    let flip: UInt8 = inverted ? 0 : 255
    var flat = [UInt8]()
    flat.reserveCapacity(stored.count / samples * channels)
    for pixel in stride(from: 0, to: stored.count, by: samples) {
      let black = stored[pixel + 3] ^ flip
      for channel in 0..<channels {
        flat.append(scale(stored[pixel + channel] ^ flip, by: black))
      }
    }
    return flat
  }

  /// `value * factor / 255`, rounded to the nearest.
  private func scale(_ value: UInt8, by factor: UInt8) -> UInt8 {
    let product = UInt32(value) * UInt32(factor)
    return UInt8(truncatingIfNeeded: (product + 127) / 255)
  }
}
