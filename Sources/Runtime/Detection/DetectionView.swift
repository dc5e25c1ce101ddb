internal import FermFormat

/// What a network sees of a photo.
struct DetectionView {
  /// The photo, or a copy of fewer pixels.
  let image: PixelImage
  /// The pixels of it that are resized; some may lie beyond it, where all is black.
  let part: (x: Int, y: Int, width: Int, height: Int)
  /// Which boxes are believed.
  let area: ViewArea
  /// Where its pixels lie in the photo.
  let place: ViewPlace
}

/// Where what a network sees lies in a photo.
struct ViewPlace {
  /// Pixels of the photo to the left of the network's input, and above it.
  private let x: Float
  private let y: Float
  /// Pixels of the photo for one of the input.
  private let across: Float
  private let down: Float
  /// What the input shows of the photo, and of black beyond it.
  let seen: FaceBox

  /// - Parameters:
  ///   - part: the pixels that are resized, of a copy of the photo.
  ///   - scale: pixels of the photo for one of the copy.
  ///   - recipe: says what size they are resized to, and which part of that the network sees.
  init(part: (x: Int, y: Int, width: Int, height: Int), scale: Float, recipe: Preprocessing) {
    let (resized, cropped) = (recipe.resized, recipe.cropped)
    let crop = Crop.centre(of: recipe)
    across = scale * Float(part.width) / Float(resized.width)
    down = scale * Float(part.height) / Float(resized.height)
    x = scale * Float(part.x) + across * Float(crop.left)
    y = scale * Float(part.y) + down * Float(crop.top)
    seen = FaceBox(x: x, y: y, width: across * Float(cropped.width), height: down * Float(cropped.height))
  }

  /// The place in the photo of one in the network's input.
  func point(x: Float, y: Float) -> Point {
    // What lies nowhere near the photo stays finite.
    let most: Float = 0x1p20
    return Point(
      x: max(-most, min(most, self.x + across * x)), y: max(-most, min(most, self.y + down * y)))
  }

  /// The box in the photo of one in the network's input.
  func box(centreX: Float, centreY: Float, width: Float, height: Float) -> FaceBox {
    let corner = point(x: centreX - width / 2, y: centreY - height / 2)
    return FaceBox(x: corner.x, y: corner.y, width: across * width, height: down * height)
  }
}
