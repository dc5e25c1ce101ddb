import FermImage

/// Whole pixels of a decoded picture.
struct PixelBox {
  let left: Int
  let top: Int
  let right: Int
  let bottom: Int

  init(left: Int, top: Int, right: Int, bottom: Int) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// What lies of a box within a picture that may have been decoded at a part of its size; nil for nothing.
  init?(_ box: Box, in image: Image) {
    func pixel(_ place: Double, _ size: Int, _ full: Int) -> Int {
      Int((min(max(place, 0), Double(full)) * Double(size) / Double(full)).rounded())
    }
    left = pixel(box.x, image.width, image.fullWidth)
    right = pixel(box.x + box.width, image.width, image.fullWidth)
    top = pixel(box.y, image.height, image.fullHeight)
    bottom = pixel(box.y + box.height, image.height, image.fullHeight)
    guard left < right, top < bottom else { return nil }
  }
}
