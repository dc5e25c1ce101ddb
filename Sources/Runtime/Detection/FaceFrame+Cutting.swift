public import FermFormat

extension FaceFrame {
  /// A frame of more pixels is sampled so many times in each direction, far more than networks see.
  static let mostSamples = 1024

  /// What is in the frame, as an image of its own.
  ///
  /// An upright frame is moved to whole pixels; inside the photo nothing of it is copied, so the result is valid for as long as the
  /// photo's pixels are. A turned one is sampled between pixels, as is one of more than 1024 x 1024. What lies outside the photo is the
  /// nearest pixel of its border.
  ///
  /// - Throws: `value` for a frame whose numbers are not finite or beyond any photo, `memory`.
  public func image(of photo: PixelImage) throws(FormatError) -> PixelImage {
    let furthest: Float = 0x1p24
    guard side > 0, side <= furthest, abs(centre.x) <= furthest, abs(centre.y) <= furthest,
      abs(direction.x) <= 1, abs(direction.y) <= 1
    else { throw FormatError(.value, "The frame of a face is too large or too far away, or has no size.") }
    let whole = max(1, Int(side.rounded()))
    let (left, top) = (corner(centre.x, whole), corner(centre.y, whole))
    let isSampled = direction != Point(x: 1, y: 0) || whole > Self.mostSamples
    if !isSampled, left >= 0, top >= 0, left + whole <= photo.width, top + whole <= photo.height {
      return photo.part(x: left, y: top, width: whole, height: whole)
    }
    let length = min(whole, Self.mostSamples)
    let copy = try AlignedBytes(count: length * length * photo.channels)
    let bytes = unsafe copy.mutableBytes
    let first = corners[0]
    var place = 0
    for y in 0..<length {
      for x in 0..<length {
        let (along, down) = (side * (Float(x) + 0.5) / Float(length), side * (Float(y) + 0.5) / Float(length))
        // Counted from the middle of the photo's first pixel.
        let acrossPhoto = first.x + along * direction.x - down * direction.y - 0.5
        let downPhoto = first.y + along * direction.y + down * direction.x - 0.5
        for channel in 0..<photo.channels {
          unsafe bytes[place] =
            isSampled
            ? photo.between(x: acrossPhoto, y: downPhoto, channel: channel)
            : photo.nearest(x: left + x, y: top + y, channel: channel)
          place += 1
        }
      }
    }
    // SAFETY: the bytes are the copy's, as many as the image has.
    return unsafe PixelImage(
      unchecked: copy.bytes.bindMemory(to: UInt8.self), width: length, height: length,
      channels: photo.channels, stride: length * photo.channels, owner: copy)
  }

  /// The first pixel of an upright frame of whole pixels.
  private func corner(_ centre: Float, _ whole: Int) -> Int { Int((centre - Float(whole) / 2).rounded()) }
}

extension PixelImage {
  /// The pixel there, or the nearest one of the border.
  fileprivate func nearest(x: Int, y: Int, channel: Int) -> UInt8 {
    let (x, y) = (max(0, min(width - 1, x)), max(0, min(height - 1, y)))
    // SAFETY: the place lies in the image.
    return unsafe pixels[y * stride + x * channels + channel]
  }

  /// The value between the middles of four pixels.
  fileprivate func between(x: Float, y: Float, channel: Int) -> UInt8 {
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (right, below) = (x - left, y - top)
    func pixel(_ dx: Int, _ dy: Int) -> Float {
      Float(nearest(x: Int(left) + dx, y: Int(top) + dy, channel: channel))
    }
    let upper = pixel(0, 0) + right * (pixel(1, 0) - pixel(0, 0))
    let lower = pixel(0, 1) + right * (pixel(1, 1) - pixel(0, 1))
    return UInt8(max(0, min(255, (upper + below * (lower - upper)).rounded())))
  }
}
