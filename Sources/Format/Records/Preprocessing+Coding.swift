extension Preprocessing {
  /// Reads a PREP payload (spec 4.2).
  static func read(_ reader: inout ByteReader) throws(FormatError) -> Preprocessing {
    var place = reader.offset
    let channels = Int(try reader.u8())
    guard channels == 1 || channels == 3 else {
      throw FormatError(.value, at: place, "The preprocessing has \(channels) channels; 1 or 3 are possible.")
    }
    place = reader.offset
    guard let colour = Colour(rawValue: try reader.u8()) else {
      throw FormatError(
        .unsupported, at: place, "The preprocessing names a colour that this program does not know.")
    }
    guard colour == .grey || channels == 3 else {
      throw FormatError(.value, at: place, "RGB needs three channels.")
    }
    place = reader.offset
    guard let fit = Fit(rawValue: try reader.u8()) else {
      throw FormatError(
        .unsupported, at: place, "The preprocessing names a fit that this program does not know.")
    }
    place = reader.offset
    guard try reader.u8() == resampling else {
      throw FormatError(
        .unsupported, at: place, "The preprocessing names a resampling that this program does not know.")
    }
    let resizedHeight = try side(&reader, upTo: Limits.imageSide)
    let resizedWidth = try side(&reader, upTo: Limits.imageSide)
    let croppedHeight = try side(&reader, upTo: resizedHeight)
    let croppedWidth = try side(&reader, upTo: resizedWidth)
    var recipe = Preprocessing(
      colour: colour, fit: fit, resized: Extent(height: resizedHeight, width: resizedWidth),
      cropped: Extent(height: croppedHeight, width: croppedWidth), scale: [], offset: [])
    for _ in 0..<channels {
      recipe.scale.append(try factor(&reader))
      recipe.offset.append(try factor(&reader))
    }
    try reader.finish("The preprocessing")
    return recipe
  }

  /// The one resampling there is: bilinear with antialiasing (spec section 8).
  private static let resampling: UInt8 = 1

  private static func side(_ reader: inout ByteReader, upTo limit: Int) throws(FormatError) -> Int {
    let place = reader.offset
    let value = Int(try reader.u16())
    guard (1...limit).contains(value) else {
      throw FormatError(
        .value, at: place, "The preprocessing has a side of \(value); it must be 1 to \(limit).")
    }
    return value
  }

  private static func factor(_ reader: inout ByteReader) throws(FormatError) -> Float {
    let place = reader.offset
    let value = try reader.f32()
    guard value.isFinite else {
      throw FormatError(.value, at: place, "The preprocessing has a factor that is not a finite number.")
    }
    return value
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    guard scale.count == 3 || (scale.count == 1 && colour == .grey), offset.count == scale.count else {
      throw FormatError(.value, "The preprocessing has \(scale.count) channels; 1 or 3 are possible.")
    }
    for (outer, inner) in [(resized.height, cropped.height), (resized.width, cropped.width)] {
      guard outer >= 1, outer <= Limits.imageSide, inner >= 1, inner <= outer else {
        throw FormatError(
          .value,
          "The preprocessing crops \(inner) of \(outer) pixels; it must be 1 <= crop <= size <= \(Limits.imageSide)."
        )
      }
    }
    for value in scale + offset where !value.isFinite {
      throw FormatError(.value, "The preprocessing has a factor that is not a finite number.")
    }
    writer.u8(UInt8(scale.count))
    writer.u8(colour.rawValue)
    writer.u8(fit.rawValue)
    writer.u8(Self.resampling)
    for side in [resized.height, resized.width, cropped.height, cropped.width] { writer.u16(UInt16(side)) }
    for channel in scale.indices {
      writer.f32(scale[channel])
      writer.f32(offset[channel])
    }
  }
}
