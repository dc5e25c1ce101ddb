/// How an 8-bit image becomes the network's input (spec section 8).
///
/// In this order: the part that `fit` keeps, colour, resize to `resized`, the centre crop to `cropped`, then
/// `pixel * scale + offset` for each channel.
///
/// ```swift
/// let recipe = Preprocessing(resized: Extent(44), cropped: Extent(40), scale: [1 / 255], offset: [0])
/// print(recipe.inputShape.description)  // 1x40x40
/// ```
public struct Preprocessing: Equatable, Sendable {
  /// What colour the network sees.
  public enum Colour: UInt8, Sendable, CaseIterable {
    /// Luma of ITU-R BT.601; with three channels, the same plane three times.
    case grey = 1
    /// Red, green and blue; needs three channels.
    case rgb = 2
  }

  /// What happens to an image whose sides are not in the proportion of `resized`.
  public enum Fit: UInt8, Sendable, CaseIterable {
    /// It is distorted.
    case stretch = 0
    /// Its longer side is cut evenly.
    case crop = 1
    /// Its shorter side is filled up evenly with black.
    case pad = 2
  }

  /// What colour the network sees.
  public var colour: Colour
  /// What happens to other proportions.
  public var fit: Fit
  /// The size after the resize.
  public var resized: Extent
  /// The size of the centre crop: the network's input.
  public var cropped: Extent
  /// By channel, the factor for pixels of 0 to 255.
  public var scale: [Float]
  /// By channel, added after the factor.
  public var offset: [Float]

  /// Makes a recipe; the number of channels is that of `scale`.
  public init(
    colour: Colour = .grey, fit: Fit = .crop, resized: Extent, cropped: Extent, scale: [Float],
    offset: [Float]
  ) {
    self.colour = colour
    self.fit = fit
    self.resized = resized
    self.cropped = cropped
    self.scale = scale
    self.offset = offset
  }

  /// The network's input `[C, H, W]`.
  public var inputShape: Shape { Shape(scale.count, cropped.height, cropped.width) }
}
