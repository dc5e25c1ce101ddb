internal import CFerm
internal import FermFormat
internal import FermKernels

/// What is wrong with an image of a call, in words that follow its number.
struct PictureFault: Error {
  let code: FormatError.Code
  let words: String

  init(_ words: String, code: FormatError.Code = .value) { (self.code, self.words) = (code, words) }
}

/// An image as a program has it: its samples in some order, and the box of it that is meant.
///
/// The runtime sees grey or R, G, B in whole rows. Where the program has that, it is read where it lies; else it is copied.
@safe struct LentPicture {
  // SAFETY: the caller lends the pixels until its call returns.
  private let cutting: ferm_cutting

  @unsafe init(_ picture: ferm_picture) throws(PictureFault) {
    let order = try unsafe SampleOrder(picture.order)
    let image = unsafe picture.image
    let (width, height, channels) = unsafe (image.width, image.height, image.channels)
    guard let pixels = unsafe image.pixels else {
      throw PictureFault("has no pixels: its pointer is NULL.")
    }
    guard (1...65_535).contains(width), (1...65_535).contains(height) else {
      throw PictureFault("is \(unsigned(width)) x \(unsigned(height)) pixels; each side must be 1 to 65535.")
    }
    guard channels == 1 || channels == order.samples else {
      throw PictureFault("has \(unsigned(channels)) channels; \(order.advice).")
    }
    let row = width * channels
    let stride = unsafe image.stride == 0 ? row : image.stride
    // A size_t beyond half of its range comes as a negative number.
    guard stride < 0 || stride >= row else {
      throw PictureFault("has rows of \(row) bytes and a stride of \(stride); pass 0 for rows without a gap.")
    }
    guard (0...1 << 30).contains(stride) else {
      throw PictureFault("has a stride of \(unsigned(stride)) bytes; at most 2^30 are allowed.")
    }
    let box = try unsafe PixelBox(of: picture)
    unsafe cutting = ferm_cutting(
      pixels: pixels, stride: stride, width: Int32(width), height: Int32(height), samples: Int32(channels),
      blue_first: order.isBlueFirst ? 1 : 0, has_alpha: order.hasAlpha && channels == 4 ? 1 : 0,
      x: Int32(box.x), y: Int32(box.y), part_width: Int32(box.width), part_height: Int32(box.height))
    guard copyBytes <= 3 * Limits.fittedPixels else {
      throw PictureFault("would have to be copied, and has more than 2^28 pixels.", code: .limit)
    }
  }

  /// Bytes of the copy that the runtime sees; 0 where it sees the program's own rows.
  var copyBytes: Int {
    isPlain ? 0 : unsafe channels * Int(cutting.part_width) * Int(cutting.part_height)
  }

  /// What the runtime sees; its pixels are there once ``fill(_:)`` has been called.
  ///
  /// - Parameter copy: has room for ``copyBytes``.
  func image(in copy: AlignedBytes) -> PixelImage {
    let (width, height) = unsafe (Int(cutting.part_width), Int(cutting.part_height))
    if isPlain {
      let stride = unsafe cutting.stride
      let first = unsafe Int(cutting.y) * stride + Int(cutting.x) * channels
      // SAFETY: the box lies in the image, of which the caller lends every row.
      return unsafe PixelImage(
        unchecked: UnsafeBufferPointer(
          start: cutting.pixels + first, count: (height - 1) * stride + width * channels),
        width: width, height: height, channels: channels, stride: stride)
    }
    // SAFETY: the copy has room for as many pixels.
    return unsafe PixelImage(
      unchecked: copy.bytes.bindMemory(to: UInt8.self), width: width, height: height, channels: channels,
      stride: width * channels)
  }

  /// Makes the copy, where one is needed.
  func fill(_ copy: AlignedBytes) {
    if isPlain { return }
    // SAFETY: the copy has room for the box's pixels.
    unsafe withUnsafePointer(to: cutting) {
      unsafe ferm_cut($0, copy.mutableBytes.bindMemory(to: UInt8.self).baseAddress)
    }
  }

  private var channels: Int { unsafe cutting.samples == 1 ? 1 : 3 }

  /// Whether the samples are in the runtime's order, and the box lies in the image.
  private var isPlain: Bool {
    let c = unsafe cutting
    let isOrdered = unsafe c.samples == 1 || c.samples == 3 && c.blue_first == 0
    return unsafe isOrdered && c.x >= 0 && c.y >= 0 && c.x + c.part_width <= c.width
      && c.y + c.part_height <= c.height
  }
}

/// How the samples of a pixel follow each other.
private struct SampleOrder {
  let samples: Int
  let isBlueFirst: Bool
  let hasAlpha: Bool

  init(_ order: Int) throws(PictureFault) {
    switch order {
    case Int(FERM_RGB): (samples, isBlueFirst, hasAlpha) = (3, false, false)
    case Int(FERM_BGR): (samples, isBlueFirst, hasAlpha) = (3, true, false)
    case Int(FERM_RGBA): (samples, isBlueFirst, hasAlpha) = (4, false, true)
    case Int(FERM_BGRA): (samples, isBlueFirst, hasAlpha) = (4, true, true)
    case Int(FERM_RGBX): (samples, isBlueFirst, hasAlpha) = (4, false, false)
    case Int(FERM_BGRX): (samples, isBlueFirst, hasAlpha) = (4, true, false)
    default:
      throw PictureFault(
        "has its samples in an order that this library does not know; a newer library may.",
        code: .unsupported)
    }
  }

  /// How many channels an image may have.
  var advice: String {
    let first = "1 is grey and \(samples) are "
    if samples == 4 { return first + "those of its order" }
    let letters = isBlueFirst ? "B, G, R" : "R, G, B"
    return first + letters + "; four need a ferm_picture with an order such as FERM_RGBA"
  }
}

/// A box in whole pixels of an image.
private struct PixelBox {
  let x: Int
  let y: Int
  let width: Int
  let height: Int

  /// The box of a picture whose image's sides are 1 to 65535; where it states none, all of the image.
  @unsafe init(of picture: ferm_picture) throws(PictureFault) {
    let (imageWidth, imageHeight) = unsafe (picture.image.width, picture.image.height)
    let (x, y, width, height) = unsafe (picture.x, picture.y, picture.width, picture.height)
    if x == 0, y == 0, width == 0, height == 0 {
      (self.x, self.y, self.width, self.height) = (0, 0, imageWidth, imageHeight)
      return
    }
    guard (1...65_535).contains(width), (1...65_535).contains(height) else {
      throw PictureFault("has a box whose sides are not 1 to 65535 pixels.")
    }
    let whole = (width: Int(width.rounded()), height: Int(height.rounded()))
    // What is not a number is in no range.
    guard (-65_536...65_536).contains(x), (-65_536...65_536).contains(y) else {
      throw PictureFault("has a box that lies outside of it.")
    }
    let (left, top) = (Int(x.rounded()), Int(y.rounded()))
    guard left < imageWidth, top < imageHeight, left + whole.width > 0, top + whole.height > 0 else {
      throw PictureFault("has a box that lies outside of it.")
    }
    (self.x, self.y, self.width, self.height) = (left, top, whole.width, whole.height)
  }
}

/// A size_t as C wrote it.
private func unsigned(_ size: Int) -> UInt { UInt(bitPattern: size) }
