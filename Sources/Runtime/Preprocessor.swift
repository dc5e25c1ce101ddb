public import FermFormat
internal import FermKernels

/// Turns 8-bit images into the network's input, exactly as spec section 8 says.
public struct Preprocessor: Sendable {
  /// The recipe.
  public let recipe: Preprocessing
  /// For each channel, the float of each of the 256 pixel values.
  private let values: [Float]
  /// Those that resize; the pixels are the same with all.
  let kernels: KernelTable

  /// Prepares a recipe.
  public init(_ recipe: Preprocessing) {
    self.init(recipe, kernels: (try? KernelTable(nil)) ?? .portable)
  }

  /// The same with some processor's instructions.
  init(_ recipe: Preprocessing, kernels: KernelTable) {
    self.recipe = recipe
    self.kernels = kernels
    var values: [Float] = []
    for channel in recipe.scale.indices {
      for pixel in 0..<256 {
        values.append(Float(Double(pixel) * Double(recipe.scale[channel]) + Double(recipe.offset[channel])))
      }
    }
    self.values = values
  }

  /// Channels of a resized image.
  var resizedChannels: Int { recipe.colour == .rgb ? 3 : 1 }
  /// Bytes of a resized image.
  var resizedBytes: Int { resizedBytes(channels: resizedChannels) }
  private func resizedBytes(channels: Int) -> Int { recipe.resized.height * recipe.resized.width * channels }

  /// The image after fit, colour and resize, before the crop: `[H][W][channels]`, dense.
  ///
  /// Reads the image's rows where they are; beside the result it takes memory for a few rows.
  /// - Throws: `limit` for an image of more than 2^28 pixels once it is fitted, `memory`.
  public func resized(_ image: PixelImage) throws(FormatError) -> (pixels: [UInt8], channels: Int) {
    let resizing = try resizing(of: image)
    try requireMemory(resizedBytes + 1 << 16)
    let scratch = try AlignedBytes(count: resizing.scratchBytes)
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: resizedBytes) { buffer, filled in
      if let start = buffer.baseAddress { unsafe resizing.run(scratch, with: kernels, into: start) }
      filled = resizedBytes
    }
    return (pixels, resizedChannels)
  }

  /// How the image is resized.
  ///
  /// - Throws: `limit` for an image of more than 2^28 pixels once it is fitted.
  func resizing(of image: PixelImage) throws(FormatError) -> Resizing {
    try resizing(of: image, part: fitted(image))
  }

  /// The same for a part of the image, which may reach beyond it.
  func resizing(
    of image: PixelImage, part: (x: Int, y: Int, width: Int, height: Int)
  ) throws(FormatError) -> Resizing {
    guard part.width * part.height <= Limits.fittedPixels else {
      throw FormatError(
        .limit,
        "An image needs \(part.width) x \(part.height) pixels once it is fitted; make it smaller first.")
    }
    return Resizing(image, part: part, to: recipe.resized, channels: resizedChannels)
  }

  /// The part of the image that is used, which may reach beyond it.
  func fitted(_ image: PixelImage) -> (x: Int, y: Int, width: Int, height: Int) {
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

  /// Writes one image's input `[C, H, W]`, cut from a resized image at (`top`, `left`).
  public func write(
    _ resized: (pixels: [UInt8], channels: Int), top: Int, left: Int, mirrored: Bool = false,
    to input: inout [Float], at start: Int
  ) {
    let crop = Crop(top: top, left: left, isMirrored: mirrored)
    let end = start + recipe.inputShape.count
    precondition(resized.pixels.count == resizedBytes(channels: resized.channels) && crop.lies(in: recipe))
    precondition(start >= 0 && end <= input.count)
    unsafe resized.pixels.withUnsafeBufferPointer { pixels in
      unsafe input.withUnsafeMutableBufferPointer { input in
        let room = unsafe UnsafeMutableBufferPointer(rebasing: input[start..<end])
        unsafe write(pixels, channels: resized.channels, crop, to: room)
      }
    }
  }

  /// The same for memory of any kind: a resized image, and room for one input.
  @unsafe func write(
    _ pixels: UnsafeBufferPointer<UInt8>, channels: Int, _ crop: Crop,
    to input: UnsafeMutableBufferPointer<Float>
  ) {
    let (height, width) = (recipe.cropped.height, recipe.cropped.width)
    var place = 0
    for channel in recipe.scale.indices {
      let source = channels == 1 ? 0 : channel
      for y in 0..<height {
        let first = crop.isMirrored ? crop.left + width - 1 : crop.left
        let step = crop.isMirrored ? -channels : channels
        var pixel = ((crop.top + y) * recipe.resized.width + first) * channels + source
        for _ in 0..<width {
          unsafe input[place] = values[256 * channel + Int(pixels[pixel])]
          pixel += step
          place += 1
        }
      }
    }
  }
}

extension Crop {
  fileprivate func lies(in recipe: Preprocessing) -> Bool {
    top >= 0 && left >= 0 && top + recipe.cropped.height <= recipe.resized.height
      && left + recipe.cropped.width <= recipe.resized.width
  }
}
