internal import FermFormat
internal import FermKernels

/// One image's way to the size that a network wants, from the caller's rows; it takes no memory by itself.
@safe struct Resizing {
  private let task: ferm_resizing
  /// Keeps the pixels that the task points at.
  private let image: PixelImage

  /// - Parameter part: what of the image is resized; it may reach beyond the image, where all is black.
  init(
    _ image: PixelImage, part: (x: Int, y: Int, width: Int, height: Int), to size: Extent, channels: Int
  ) {
    self.image = image
    // SAFETY: PixelImage checked that the buffer holds every row.
    unsafe task = ferm_resizing(
      pixels: image.pixels.baseAddress, stride: image.stride, width: Int32(image.width),
      height: Int32(image.height), channels: Int32(image.channels), x: Int32(part.x), y: Int32(part.y),
      part_width: Int32(part.width), part_height: Int32(part.height), result_width: Int32(size.width),
      result_height: Int32(size.height), result_channels: Int32(channels))
  }

  /// Bytes that ``run(_:into:)`` needs beside the result.
  var scratchBytes: Int { unsafe withUnsafePointer(to: task) { unsafe ferm_resize_scratch($0) } }

  /// Writes the resized image, dense.
  @unsafe func run(
    _ scratch: AlignedBytes, with kernels: KernelTable, into result: UnsafeMutablePointer<UInt8>
  ) {
    // SAFETY: the scratch has as many bytes as the task asks for, and the result those of the size.
    unsafe withUnsafePointer(to: task) {
      unsafe ferm_resize(kernels.table, $0, scratch.mutableBytes.baseAddress, result)
    }
    withExtendedLifetime(image) {}
  }
}
