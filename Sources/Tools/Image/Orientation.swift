/// How EXIF says a stored picture is to be turned (tag 0x0112); the raw values are EXIF's.
enum Orientation: Int, Sendable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case flipped = 4
  case transposed = 5
  case turnedRight = 6
  case transversed = 7
  case turnedLeft = 8

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// The picture as it is to be seen.
  func applied(to picture: Picture) -> Picture {
    guard self != .upright else { return picture }
    let (width, height, channels) = (picture.width, picture.height, picture.channels)
    // The stored pixel at the top left of the result, and the steps to its right and lower neighbours.
    let (right, down) = (channels, width * channels)
    let (lastColumn, lastRow) = ((width - 1) * right, (height - 1) * down)
    let (start, across, along): (Int, Int, Int) =
      switch self {
      case .upright: (0, right, down)
      case .mirrored: (lastColumn, -right, down)
      case .upsideDown: (lastRow + lastColumn, -right, -down)
      case .flipped: (lastRow, right, -down)
      case .transposed: (0, down, right)
      case .turnedRight: (lastRow, -down, right)
      case .transversed: (lastRow + lastColumn, -down, -right)
      case .turnedLeft: (lastColumn, down, -right)
      }
    let (columns, rows) = swapsSides ? (height, width) : (width, height)
    var pixels = [UInt8]()
    pixels.reserveCapacity(picture.pixels.count)
    for y in 0..<rows {
      var place = start + y * along
      for _ in 0..<columns {
        for channel in 0..<channels { pixels.append(picture.pixels[place + channel]) }
        place += across
      }
    }
    return Picture(width: columns, height: rows, channels: channels, pixels: pixels)
  }
}
