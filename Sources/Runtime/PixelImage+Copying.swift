public import FermFormat

extension PixelImage {
  /// Copies pixels.
  ///
  /// - Parameters:
  ///   - pixels: rows from the top; what lies between them is not copied.
  ///   - width: pixels across, 1 to 65,535.
  ///   - height: pixels down, 1 to 65,535.
  ///   - channels: 1 for grey, 3 for RGB.
  ///   - stride: bytes from one row to the next; nil for rows without a gap.
  /// - Throws: `value` when there are no such images or too few pixels for one, `memory`.
  public init(
    copying pixels: Span<UInt8>, width: Int, height: Int, channels: Int, stride: Int? = nil
  ) throws(FormatError) {
    self = try unsafe pixels.withUnsafeBufferPointer { pixels throws(FormatError) in
      // SAFETY: the pixels are lent until the closure ends, and then they are copied.
      guard
        let lent = unsafe PixelImage(
          pixels: pixels, width: width, height: height, channels: channels, stride: stride)
      else {
        throw FormatError(
          .value,
          "\(pixels.count) bytes are no image of \(width) x \(height) pixels with \(channels) channels: 1 is grey and 3 are R, G, B; a side has 1 to 65535 pixels; a stride is at least a row's bytes."
        )
      }
      return try lent.copied()
    }
  }

  /// Copies the pixels of an array; see ``init(copying:width:height:channels:stride:)``.
  public init(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int, stride: Int? = nil
  ) throws(FormatError) {
    try self.init(copying: pixels.span, width: width, height: height, channels: channels, stride: stride)
  }

  /// The image with pixels of its own, and no gap between rows.
  private func copied() throws(FormatError) -> PixelImage {
    let row = width * channels
    let copy = try AlignedBytes(count: row * height)
    for y in 0..<height {
      // SAFETY: the image has that many rows, and the copy room for them.
      unsafe UnsafeMutableRawBufferPointer(rebasing: copy.mutableBytes[(y * row)...]).copyMemory(
        from: UnsafeRawBufferPointer(
          rebasing: UnsafeRawBufferPointer(pixels)[(y * stride)..<(y * stride + row)]))
    }
    return unsafe PixelImage(
      unchecked: copy.bytes.bindMemory(to: UInt8.self), width: width, height: height, channels: channels,
      stride: row, owner: copy)
  }
}
