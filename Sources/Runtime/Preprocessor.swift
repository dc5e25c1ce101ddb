public import FermFormat
internal import FermKernels

/// Turns 8-bit images into the network's input, exactly as spec section 8 says.
public struct Preprocessor: Sendable {
  /// The recipe.
  public let recipe: Preprocessing
  /// For each channel, the float of each of the 256 pixel values.
  private let values: [Float]

  /// Prepares a recipe.
  public init(_ recipe: Preprocessing) {
    self.recipe = recipe
    var values: [Float] = []
    for channel in recipe.scale.indices {
      for pixel in 0..<256 {
        values.append(Float(Double(pixel) * Double(recipe.scale[channel]) + Double(recipe.offset[channel])))
      }
    }
    self.values = values
  }

  /// The image after fit, colour and resize, before the crop: `[H][W][channels]`, dense.
  public func resized(_ image: PixelImage) throws(FormatError) -> (pixels: [UInt8], channels: Int) {
    let wanted = recipe.colour == .rgb ? 3 : 1
    let part = fitted(image)
    guard part.width * part.height <= Limits.fittedPixels else {
      throw FormatError(
        .limit,
        "An image needs \(part.width) x \(part.height) pixels once it is fitted; make it smaller first.")
    }
    var pixels = packed(image, part)
    let (width, height) = (pixels.width, pixels.height)
    if image.channels == 3 && wanted == 1 {
      var grey = [UInt8](repeating: 0, count: width * height)
      unsafe ferm_grey(pixels.bytes, &grey, width * height)
      pixels.bytes = grey
    } else if image.channels == 1 && wanted == 3 {
      pixels.bytes = pixels.bytes.flatMap { [$0, $0, $0] }
    }
    let target = recipe.resized
    if width == target.width && height == target.height { return (pixels.bytes, wanted) }
    var result = [UInt8](repeating: 0, count: target.width * target.height * wanted)
    let status = unsafe ferm_resize(
      pixels.bytes, width * wanted, Int32(width), Int32(height), Int32(wanted), &result, Int32(target.width),
      Int32(target.height))
    guard status == 0 else { throw FormatError(.memory, "There is no memory to resize the image with.") }
    return (result, wanted)
  }

  /// The part of the image that is used, which may reach beyond it.
  private func fitted(_ image: PixelImage) -> (x: Int, y: Int, width: Int, height: Int) {
    let (width, height) = (image.width, image.height)
    let target = recipe.resized
    let isWide = width * target.height > height * target.width
    switch recipe.fit {
    case .stretch: return (0, 0, width, height)
    case .crop:
      if isWide {
        let kept = max(1, height * target.width / target.height)
        return ((width - kept) / 2, 0, kept, height)
      }
      let kept = max(1, width * target.height / target.width)
      return (0, (height - kept) / 2, width, kept)
    case .pad:
      if isWide {
        let filled = max(height, width * target.height / target.width)
        return (0, -((filled - height) / 2), width, filled)
      }
      let filled = max(width, height * target.width / target.height)
      return (-((filled - width) / 2), 0, filled, height)
    }
  }

  /// That part without gaps between rows, black where it reaches beyond the image.
  private func packed(
    _ image: PixelImage, _ part: (x: Int, y: Int, width: Int, height: Int)
  ) -> (bytes: [UInt8], width: Int, height: Int) {
    let channels = image.channels
    var bytes = [UInt8](repeating: 0, count: part.width * part.height * channels)
    let columns = max(part.x, 0)..<min(part.x + part.width, image.width)
    for y in max(part.y, 0)..<min(part.y + part.height, image.height) {
      // SAFETY: PixelImage checked that the buffer holds every row, and y and columns lie within the image.
      let row = unsafe UnsafeBufferPointer(
        rebasing: image.pixels[
          (y * image.stride + columns.lowerBound * channels)..<(y * image.stride + columns.upperBound
            * channels)])
      let start = ((y - part.y) * part.width + columns.lowerBound - part.x) * channels
      unsafe bytes.replaceSubrange(start..<(start + row.count), with: row)
    }
    return (bytes, part.width, part.height)
  }

  /// Writes one image's input `[C, H, W]`, cut from a resized image at (`top`, `left`).
  public func write(
    _ resized: (pixels: [UInt8], channels: Int), top: Int, left: Int, mirrored: Bool = false,
    to input: inout [Float], at start: Int
  ) {
    let (height, width) = (recipe.cropped.height, recipe.cropped.width)
    var place = start
    for channel in recipe.scale.indices {
      let source = resized.channels == 1 ? 0 : channel
      for y in 0..<height {
        let first = mirrored ? left + width - 1 : left
        let step = mirrored ? -resized.channels : resized.channels
        var pixel = ((top + y) * recipe.resized.width + first) * resized.channels + source
        for _ in 0..<width {
          input[place] = values[256 * channel + Int(resized.pixels[pixel])]
          pixel += step
          place += 1
        }
      }
    }
  }

  /// The corner of the centre crop.
  public var centre: (top: Int, left: Int) {
    ((recipe.resized.height - recipe.cropped.height) / 2, (recipe.resized.width - recipe.cropped.width) / 2)
  }
}
