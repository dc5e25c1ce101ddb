extension Codec {
  /// Windows and OS/2 bitmaps: 1 to 32 bits a pixel, run-length encoded ones too.
  static let bitmap = Codec(
    recognises: { start in
      start.starts(with: Array("BM".utf8)) && start.count >= 18
        && BitmapHeader.isSize(Int(start[14]) | Int(start[15]) << 8) && start[16] == 0 && start[17] == 0
    },
    open: { bytes throws(ImageError) in try BitmapReader(bytes) })
}

/// The headers of a bitmap: BITMAPFILEHEADER and one of the info headers, BITMAPCOREHEADER to BITMAPV5HEADER.
struct BitmapHeader {
  /// OS/2 writes as much of its header as it needs, and others add what they like at its end.
  static func isSize(_ size: Int) -> Bool { size == 12 || 16...1024 ~= size }

  enum Compression: Int {
    case none = 0
    case runs8 = 1
    case runs4 = 2
    case masks = 3
    case masksWithAlpha = 6
  }

  let width: Int
  let height: Int
  /// Whether the first stored row is the top one.
  let startsAtTop: Bool
  let depth: Int
  let compression: Compression
  /// Red, green, blue and alpha within a pixel of 16 or 32 bits.
  let masks: [UInt32]
  let palette: [(red: UInt8, green: UInt8, blue: UInt8)]
  /// Where the pixels begin.
  let start: Int

  init(_ bytes: EncodedBytes) throws(ImageError) {
    func number(_ place: Int, _ size: Int) throws(ImageError) -> Int {
      guard place + size <= bytes.count else { throw .decode("the file ends early") }
      return (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    let size = try number(14, 4)
    /// A field that a short header leaves out is 0.
    func field(_ place: Int, _ length: Int) throws(ImageError) -> Int {
      place + length <= 14 + size ? try number(place, length) : 0
    }
    let isCore = size == 12
    width = try isCore ? number(18, 2) : Int(Int32(truncatingIfNeeded: number(18, 4)))
    let signedHeight = try isCore ? number(20, 2) : Int(Int32(truncatingIfNeeded: number(22, 4)))
    startsAtTop = signedHeight < 0
    height = abs(signedHeight)
    guard width > 0, height > 0, height <= Int(Int32.max) else { throw .decode("a side has no pixels") }
    guard try number(isCore ? 22 : 26, 2) <= 1 else { throw .decode("it has more than one plane") }
    depth = try number(isCore ? 24 : 28, 2)
    guard let compression = Compression(rawValue: isCore ? 0 : try field(30, 4)) else {
      throw .decode("its compression is unknown")
    }
    self.compression = compression
    let depths: [Int] =
      switch compression {
      case .none: [1, 4, 8, 16, 24, 32]
      case .runs8: [8]
      case .runs4: [4]
      case .masks, .masksWithAlpha: [16, 32]
      }
    guard depths.contains(depth), compression == .none || compression.rawValue >= 3 || !startsAtTop else {
      throw .decode("\(depth) bits a pixel do not go with its compression")
    }
    let offset = try number(10, 4)
    var end = 14 + size
    var masks: [UInt32] =
      depth == 16 ? [0x7C00, 0x03E0, 0x001F, 0] : [0xFF_0000, 0xFF00, 0xFF, 0]
    if compression == .masks || compression == .masksWithAlpha {
      let hasAlpha = compression == .masksWithAlpha || size >= 56 && size != 64
      for i in 0..<(hasAlpha ? 4 : 3) { masks[i] = UInt32(try number(54 + 4 * i, 4)) }
      if size == 40 { end += hasAlpha ? 16 : 12 }
    }
    for mask in masks where mask != 0 && depth >= 16 {
      guard mask >> UInt32(mask.trailingZeroBitCount) & (mask >> UInt32(mask.trailingZeroBitCount) &+ 1) == 0,
        depth > 16 || mask <= 0xFFFF
      else { throw .decode("a colour mask has gaps or reaches beyond the pixel") }
    }
    self.masks = masks
    var palette: [(red: UInt8, green: UInt8, blue: UInt8)] = []
    if depth <= 8 {
      let stated = isCore ? 0 : try field(46, 4)
      let step = isCore ? 3 : 4
      // Some writers state more colours than there can be, or fewer bytes than they state colours.
      let entries = min(
        stated == 0 ? 1 << depth : stated, 1 << depth, offset > end ? (offset - end) / step : 1 << depth)
      for i in 0..<entries {
        palette.append(
          (
            red: UInt8(try number(end + i * step + 2, 1)), green: UInt8(try number(end + i * step + 1, 1)),
            blue: UInt8(try number(end + i * step, 1))
          ))
      }
      end += entries * step
    }
    self.palette = palette
    start = offset == 0 ? end : offset
    guard start >= end else { throw .decode("the pixels begin within the header") }
  }
}

/// Reads a bitmap's pixels.
private struct BitmapReader: PictureReader {
  private let header: BitmapHeader
  private let bytes: EncodedBytes
  private let isGrey: Bool

  var width: Int { header.width }
  var height: Int { header.height }
  private var isRunLengthEncoded: Bool { header.compression == .runs8 || header.compression == .runs4 }
  var memory: Int { width * height * ((isGrey ? 1 : 3) + (isRunLengthEncoded ? 1 : 0)) }

  init(_ bytes: EncodedBytes) throws(ImageError) {
    header = try BitmapHeader(bytes)
    self.bytes = bytes
    isGrey =
      header.depth <= 8 && header.palette.allSatisfy { $0.red == $0.green && $0.green == $0.blue }
  }

  func read(over background: Background) throws(ImageError) -> Picture {
    var pixels = [UInt8]()
    if isRunLengthEncoded {
      let runs = BitmapRuns(
        bytes: bytes, start: header.start, width: width, height: height, depth: header.depth)
      let indices = try runs.indices()
      pixels.reserveCapacity(width * height * (isGrey ? 1 : 3))
      for y in (0..<height).reversed() {
        for x in 0..<width { try append(index: Int(indices[y * width + x]), to: &pixels) }
      }
    } else {
      let stride = (width * header.depth + 31) / 32 * 4
      // The last row may lack its padding.
      guard bytes.count - header.start >= stride * (height - 1) + (width * header.depth + 7) / 8 else {
        throw .decode("the file ends early")
      }
      pixels.reserveCapacity(width * height * (isGrey ? 1 : 3))
      for y in 0..<height {
        let row = header.start + (header.startsAtTop ? y : height - 1 - y) * stride
        if header.depth <= 8 {
          try appendIndexed(row: row, to: &pixels)
        } else if header.depth == 24 {
          for x in 0..<width {
            pixels += [bytes[row + 3 * x + 2], bytes[row + 3 * x + 1], bytes[row + 3 * x]]
          }
        } else {
          appendMasked(row: row, over: background, to: &pixels)
        }
      }
    }
    return Picture(width: width, height: height, channels: isGrey ? 1 : 3, pixels: pixels)
  }

  private func append(index: Int, to pixels: inout [UInt8]) throws(ImageError) {
    guard index < header.palette.count else { throw .decode("a pixel is not in the palette") }
    let colour = header.palette[index]
    pixels.append(colour.red)
    if !isGrey {
      pixels.append(colour.green)
      pixels.append(colour.blue)
    }
  }

  private func appendIndexed(row: Int, to pixels: inout [UInt8]) throws(ImageError) {
    let mask = 1 << header.depth - 1
    for x in 0..<width {
      let bit = x * header.depth
      let shift = 8 - header.depth - bit % 8
      try append(index: Int(bytes[row + bit / 8]) >> shift & mask, to: &pixels)
    }
  }

  private func appendMasked(row: Int, over background: Background, to pixels: inout [UInt8]) {
    let size = header.depth / 8
    let ground = [Int(background.red), Int(background.green), Int(background.blue)]
    for x in 0..<width {
      var pixel: UInt32 = 0
      for i in 0..<size { pixel |= UInt32(bytes[row + size * x + i]) << (8 * UInt32(i)) }
      let alpha = header.masks[3] == 0 ? 255 : sample(pixel, header.masks[3])
      for channel in 0..<3 {
        let value = sample(pixel, header.masks[channel])
        let difference = value - ground[channel]
        let share = (abs(difference) * alpha + 127) / 255
        pixels.append(UInt8(ground[channel] + (difference < 0 ? -share : share)))
      }
    }
  }

  /// What a mask takes from a pixel, as one of 0 to 255, to the nearest.
  private func sample(_ pixel: UInt32, _ mask: UInt32) -> Int {
    guard mask != 0 else { return 0 }
    let shift = UInt32(mask.trailingZeroBitCount)
    let (value, largest) = (UInt64((pixel & mask) >> shift), UInt64(mask >> shift))
    return Int((value * 255 + largest / 2) / largest)
  }
}

/// BI_RLE8 and BI_RLE4: palette indices in runs.
private struct BitmapRuns {
  let bytes: EncodedBytes
  let start: Int
  let width: Int
  let height: Int
  let depth: Int

  /// One index a pixel, rows from the bottom; what the runs leave out is 0.
  func indices() throws(ImageError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: width * height)
    var (place, x, y) = (start, 0, 0)
    func next() throws(ImageError) -> Int {
      guard place < bytes.count else { throw .decode("the file ends early") }
      place += 1
      return Int(bytes[place - 1])
    }
    func put(_ index: Int) throws(ImageError) {
      guard x < width, y < height else { throw .decode("a run leaves the picture") }
      result[y * width + x] = UInt8(index)
      x += 1
    }
    while true {
      // Some writers leave out the mark at the end.
      if place >= bytes.count, y >= height || y == height - 1 && x == width { return result }
      let (count, value) = (try next(), try next())
      if count > 0 {
        for i in 0..<count { try put(depth == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15) }
      } else if value == 0 {
        (x, y) = (0, y + 1)
      } else if value == 1 {
        return result
      } else if value == 2 {
        x += try next()
        y += try next()
      } else {
        var pair = 0
        for i in 0..<value {
          if depth == 8 || i % 2 == 0 { pair = try next() }
          try put(depth == 8 ? pair : i % 2 == 0 ? pair >> 4 : pair & 15)
        }
        let used = depth == 8 ? value : (value + 1) / 2
        if used % 2 == 1 { _ = try next() }
      }
    }
  }
}
