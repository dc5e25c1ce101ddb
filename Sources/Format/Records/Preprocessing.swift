/// How an 8-bit image becomes the network's input (spec section 8).
///
/// In this order: the part that `fit` keeps, colour, resize to `resized`, the centre crop to `cropped`, then
/// `pixel * scale + offset` for each channel.
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

  static func read(_ reader: inout ByteReader) throws(FormatError) -> Preprocessing {
    let place = reader.offset
    let channels = Int(try reader.u8())
    guard let colour = Colour(rawValue: try reader.u8()), let fit = Fit(rawValue: try reader.u8()) else {
      throw FormatError(.value, at: place, "The preprocessing names an unknown colour or fit.")
    }
    guard try reader.u8() == 1 else {
      throw FormatError(.value, at: place + 3, "The preprocessing names an unknown resampling kernel.")
    }
    let resizedHeight = Int(try reader.u16())
    let resizedWidth = Int(try reader.u16())
    let croppedHeight = Int(try reader.u16())
    let croppedWidth = Int(try reader.u16())
    var recipe = Preprocessing(
      colour: colour, fit: fit, resized: Extent(height: resizedHeight, width: resizedWidth),
      cropped: Extent(height: croppedHeight, width: croppedWidth), scale: [], offset: [])
    for _ in 0..<channels {
      recipe.scale.append(try reader.f32())
      recipe.offset.append(try reader.f32())
    }
    try recipe.validate(at: place)
    try reader.finish("The preprocessing")
    return recipe
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    try validate(at: nil)
    writer.u8(UInt8(scale.count))
    writer.u8(colour.rawValue)
    writer.u8(fit.rawValue)
    writer.u8(1)
    for side in [resized.height, resized.width, cropped.height, cropped.width] { writer.u16(UInt16(side)) }
    for channel in scale.indices {
      writer.f32(scale[channel])
      writer.f32(offset[channel])
    }
  }

  private func validate(at place: UInt64?) throws(FormatError) {
    guard scale.count == 3 || (scale.count == 1 && colour == .grey), offset.count == scale.count else {
      throw FormatError(
        .value, at: place, "The preprocessing has \(scale.count) channels; 1 or 3 are possible.")
    }
    for (outer, inner) in [(resized.height, cropped.height), (resized.width, cropped.width)] {
      guard outer >= 1, outer <= Limits.imageSide, inner >= 1, inner <= outer else {
        throw FormatError(
          .value, at: place,
          "The preprocessing crops \(inner) of \(outer) pixels; it must be 1 <= crop <= size <= \(Limits.imageSide)."
        )
      }
    }
    for value in scale + offset where !value.isFinite {
      throw FormatError(.value, at: place, "The preprocessing has a factor that is not a finite number.")
    }
  }
}
