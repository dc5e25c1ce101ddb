public import FermFormat

extension Detector {
  /// A crop is shown in the middle of a plain picture, whose side is so many times the crop's: a face that fills all of what a detector
  /// sees is hard to find for it.
  static let surroundings = 1.6
  /// The grey of that picture.
  private static let plain: UInt8 = 128

  /// How sure the detector is that a crop shows a face.
  ///
  /// - Returns: the highest score of a box whose middle lies in the crop: 0 to 1.
  /// - Throws: `limit`, `notFinite` and `memory` as ``detect(_:options:)``.
  public func score(ofCrop crop: PixelImage) throws(FormatError) -> Float {
    let recipe = plan.preprocessing
    let size = Extent(
      height: max(1, Int(Double(recipe.cropped.height) / Self.surroundings)),
      width: max(1, Int(Double(recipe.cropped.width) / Self.surroundings)))
    var inner = recipe
    (inner.resized, inner.cropped, inner.fit) = (size, size, .pad)
    let (pixels, channels) = try Preprocessor(inner).resized(crop)
    try requireMemory(1 << 16 + recipe.resized.height * recipe.resized.width * channels)
    let canvas = recipe.resized
    let (top, left) = ((canvas.height - size.height) / 2, (canvas.width - size.width) / 2)
    var picture = [UInt8](repeating: Self.plain, count: canvas.height * canvas.width * channels)
    for y in 0..<size.height {
      for x in 0..<(size.width * channels) {
        picture[((top + y) * canvas.width + left) * channels + x] = pixels[y * size.width * channels + x]
      }
    }
    try unsafe picture.withUnsafeBufferPointer { pixels throws(FormatError) in
      let image = unsafe PixelImage(
        unchecked: pixels, width: canvas.width, height: canvas.height, channels: channels,
        stride: canvas.width * channels)
      try look(at: image, smallestFace: .infinity, from: LeastScore(0))
    }
    let shown = FaceBox(
      x: Float(left), y: Float(top), width: Float(size.width), height: Float(size.height))
    return candidates.bestScore(in: shown)
  }
}
