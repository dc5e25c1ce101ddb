internal import FermFormat

extension PredictionMemory {
  /// Makes room for whatever the images of a call need, so that none of them lacks memory later; finds fault with all that cannot be
  /// taken.
  func grow(for images: LentImages, by preprocessor: Preprocessor) throws(FormatError) {
    for i in 0..<images.count {
      let picture = try images[i]
      try grow(copy: picture.copyBytes)
      try grow(scratch: try preprocessor.resizing(of: picture.image(in: copy)).scratchBytes)
    }
  }

  /// An image of a call as the runtime sees it: valid until the next one is asked for, and as long as the call.
  func image(_ i: Int, of images: LentImages) throws(FormatError) -> PixelImage {
    let picture = try images[i]
    try grow(copy: picture.copyBytes)
    picture.fill(copy)
    return picture.image(in: copy)
  }
}
