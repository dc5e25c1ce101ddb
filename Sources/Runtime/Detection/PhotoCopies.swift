internal import FermFormat
internal import FermKernels

/// A photo, and copies of it of half its sides, a quarter, and so on, as far as somebody needs them.
///
/// All copies together take a third of the photo's bytes.
@safe struct PhotoCopies {
  private let photo: PixelImage
  private var copies: [(pixels: AlignedBytes, width: Int, height: Int)] = []

  init(of photo: PixelImage) { self.photo = photo }

  /// Makes the copies up to one whose sides are those of the photo divided by 2 so many times, rounded up.
  ///
  /// - Throws: `memory`.
  mutating func halve(times: Int) throws(FormatError) {
    while copies.count < times {
      let source = self[copies.count]
      let (width, height) = ((source.width + 1) / 2, (source.height + 1) / 2)
      let copy = try AlignedBytes(count: width * height * photo.channels)
      // SAFETY: the image holds its rows, and the copy has room for half of them.
      unsafe ferm_halve(
        source.pixels.baseAddress, source.width, source.height, source.channels, source.stride,
        copy.mutableBytes.baseAddress)
      copies.append((copy, width, height))
    }
  }

  /// The photo for 0, else the copy that was halved so many times; valid as long as this value.
  subscript(halvings: Int) -> PixelImage {
    guard halvings > 0 else { return photo }
    let copy = copies[halvings - 1]
    // SAFETY: the bytes are the copy's, and are not written any more.
    return unsafe PixelImage(
      unchecked: copy.pixels.bytes.bindMemory(to: UInt8.self), width: copy.width, height: copy.height,
      channels: photo.channels, stride: copy.width * photo.channels)
  }
}
