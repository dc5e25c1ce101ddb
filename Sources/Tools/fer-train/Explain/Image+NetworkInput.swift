import FermFormat
import FermImage

extension Image {
  /// What a network gets, as a picture.
  ///
  /// - Parameter value: the numbers by their place, `[channels][height][width]`.
  init(networkInput value: (Int) -> Float, of recipe: Preprocessing) {
    let (height, width) = (recipe.cropped.height, recipe.cropped.width)
    let channels = recipe.inputShape[0]
    var pixels = [UInt8](repeating: 0, count: recipe.inputShape.count)
    for i in pixels.indices {
      let (channel, place) = (i / (height * width), i % (height * width))
      let pixel = (value(i) - recipe.offset[channel]) / recipe.scale[channel]
      pixels[place * channels + channel] = UInt8(min(max(pixel.rounded(), 0), 255))
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }
}
