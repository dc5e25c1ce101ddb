import FermImage

/// How the samples of a Y4M frame lie: rows of Y, then of U, then of V.
struct PlanarLayout: Equatable, Sendable {
  /// How many samples of U and V there are.
  enum Chroma: Sendable {
    /// Half as many as of Y along both sides (4:2:0), across alone (4:2:2), as many (4:4:4), none (grey).
    case half, halfAcross, full, grey
  }

  let width: Int
  let height: Int
  let chroma: Chroma
  /// Whether Y goes from 0 to 255, not from 16 to 235.
  let isFullRange: Bool

  /// Of U and of V.
  var chromaWidth: Int {
    switch chroma {
    case .half, .halfAcross: (width + 1) / 2
    case .full: width
    case .grey: 0
    }
  }
  var chromaHeight: Int { chroma == .half ? (height + 1) / 2 : height }
  /// Bytes of a frame.
  var byteCount: Int { width * height + 2 * chromaWidth * chromaHeight }
}

/// A Y4M frame.
struct PlanarFrame: Sendable {
  let layout: PlanarLayout
  /// As many as the layout says.
  let bytes: [UInt8]

  /// The picture in grey or RGB, by ITU-R BT.601, which is what ffmpeg takes where nothing is said: a stream does not say it.
  /// Each pixel has the nearest sample of U and V.
  func image() -> Image {
    let (width, height) = (layout.width, layout.height)
    guard layout.chroma != .grey else {
      let pixels =
        layout.isFullRange ? bytes : bytes.map { Self.clamped((Int32($0) - 16) * Scale.limited.luma) }
      return Image(width: width, height: height, channels: 1, pixels: pixels)
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { pixels, count in
      bytes.withUnsafeBufferPointer { bytes in convert(bytes, into: pixels) }
      count = 3 * width * height
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// Factors in units of 1 / 65536.
  private struct Scale {
    let luma, redOfV, greenOfU, greenOfV, blueOfU: Int32

    static let full = Scale(
      luma: 65_536, redOfV: 91_881, greenOfU: -22_554, greenOfV: -46_802, blueOfU: 116_130)
    /// 255 / 219 for Y, 255 / 224 for U and V.
    static let limited = Scale(
      luma: 76_309, redOfV: 104_597, greenOfU: -25_675, greenOfV: -53_279, blueOfU: 132_201)
  }

  private static func clamped(_ value: Int32) -> UInt8 { UInt8(max(0, min(255, (value + 32_768) >> 16))) }

  // SAFETY: the layout says how many bytes there are, and rows and samples are counted within it.
  private func convert(_ bytes: UnsafeBufferPointer<UInt8>, into pixels: UnsafeMutableBufferPointer<UInt8>) {
    let (width, chromaWidth) = (layout.width, layout.chromaWidth)
    let (scale, low) = layout.isFullRange ? (Scale.full, Int32(0)) : (Scale.limited, Int32(16))
    let across = layout.chroma == .full ? 0 : 1
    let down = layout.chroma == .half ? 1 : 0
    let (u, v) = (width * layout.height, width * layout.height + chromaWidth * layout.chromaHeight)
    for y in 0..<layout.height {
      let row = (y >> down) * chromaWidth
      var out = 3 * y * width
      for x in 0..<width {
        let luma = (Int32(bytes[y * width + x]) - low) * scale.luma
        let blue = Int32(bytes[u + row + (x >> across)]) - 128
        let red = Int32(bytes[v + row + (x >> across)]) - 128
        pixels[out] = Self.clamped(luma + scale.redOfV * red)
        pixels[out + 1] = Self.clamped(luma + scale.greenOfU * blue + scale.greenOfV * red)
        pixels[out + 2] = Self.clamped(luma + scale.blueOfU * blue)
        out += 3
      }
    }
  }
}
