public import FermFormat

extension FaceFrame {
  /// A frame of more pixels is sampled so many times in each direction, far more than networks see.
  static let mostSamples = 1024

  /// Calls a function with what is in the frame, as an image of its own.
  ///
  /// An upright frame is moved to whole pixels; inside the photo nothing of it is copied. A turned one is sampled between pixels,
  /// as is one of more than 1024 x 1024. What lies outside the photo is the nearest pixel of its border.
  ///
  /// - Parameter body: must not keep the image.
  /// - Throws: `value` for a frame whose numbers are not finite or beyond any photo, `memory`, and what the function throws.
  public func withImage<Result>(
    of photo: PixelImage, _ body: (PixelImage) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    let furthest: Float = 0x1p24
    guard side > 0, side <= furthest, abs(centre.x) <= furthest, abs(centre.y) <= furthest,
      abs(direction.x) <= 1, abs(direction.y) <= 1
    else { throw FormatError(.value, "The frame of a face is too large or too far away, or has no size.") }
    let length = max(1, Int(side.rounded()))
    guard direction == Point(x: 1, y: 0), length <= Self.mostSamples else {
      return try sampled(photo, min(length, Self.mostSamples), body)
    }
    let left = Int((centre.x - Float(length) / 2).rounded())
    let top = Int((centre.y - Float(length) / 2).rounded())
    if left >= 0, top >= 0, left + length <= photo.width, top + length <= photo.height {
      return try body(photo.part(x: left, y: top, width: length, height: length))
    }
    return try withCopy(photo, length, body) { x, y, channel in
      photo.nearest(x: left + x, y: top + y, channel: channel)
    }
  }

  private func sampled<Result>(
    _ photo: PixelImage, _ length: Int, _ body: (PixelImage) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    let step = side / Float(length)
    let corner = corners[0]
    return try withCopy(photo, length, body) { column, row, channel in
      let (along, down) = (step * (Float(column) + 0.5), step * (Float(row) + 0.5))
      // Places of samples, counted from the middle of the first pixel.
      let x = corner.x + along * direction.x - down * direction.y - 0.5
      let y = corner.y + along * direction.y + down * direction.x - 0.5
      return photo.between(x: x, y: y, channel: channel)
    }
  }

  /// Calls a function with a square image that is made pixel by pixel.
  private func withCopy<Result>(
    _ photo: PixelImage, _ length: Int, _ body: (PixelImage) throws(FormatError) -> Result,
    pixel: (_ x: Int, _ y: Int, _ channel: Int) -> UInt8
  ) throws(FormatError) -> Result {
    let copy = try AlignedBytes(count: length * length * photo.channels)
    let bytes = unsafe copy.mutableBytes
    var place = 0
    for y in 0..<length {
      for x in 0..<length {
        for channel in 0..<photo.channels {
          unsafe bytes[place] = pixel(x, y, channel)
          place += 1
        }
      }
    }
    // SAFETY: the copy lives until the function has returned.
    let image = unsafe PixelImage(
      unchecked: copy.bytes.bindMemory(to: UInt8.self), width: length, height: length,
      channels: photo.channels, stride: length * photo.channels)
    return try withExtendedLifetime(copy) { () throws(FormatError) in try body(image) }
  }
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
