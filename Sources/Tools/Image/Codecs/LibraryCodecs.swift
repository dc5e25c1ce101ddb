internal import FermImageShim

extension Codec {
  /// JPEG by libjpeg-turbo, progressive, grey, YCC, RGB and CMYK.
  static let jpeg = Codec(
    recognises: { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
    open: { bytes throws(ImageError) in try LibraryReader(.jpeg, bytes) })

  /// PNG by libpng.
  static let png = Codec(
    recognises: { $0.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) },
    open: { bytes throws(ImageError) in try LibraryReader(.png, bytes) })

  /// WebP by libwebp; an animation is refused.
  static let webp = Codec(
    recognises: { $0.starts(with: Array("RIFF".utf8)) && $0.dropFirst(8).starts(with: Array("WEBP".utf8)) },
    open: { bytes throws(ImageError) in try LibraryReader(.webp, bytes) })
}

/// One of the system's decoders at work.
@safe private final class LibraryReader: PictureReader {
  enum Library {
    case jpeg
    case png
    case webp
  }

  /// What the decoder points into.
  private let bytes: EncodedBytes
  private let decoder: OpaquePointer
  private let library: Library
  private var header: ferm_image_header
  let width: Int
  let height: Int

  init(_ library: Library, _ bytes: EncodedBytes) throws(ImageError) {
    var header = ferm_image_header()
    var failure = ferm_image_failure()
    // SAFETY: the shim reads `count` bytes at most, and they live as long as its decoder.
    let opened =
      switch library {
      case .jpeg: unsafe ferm_jpeg_open(bytes.start, bytes.count, &header, &failure)
      case .png: unsafe ferm_png_open(bytes.start, bytes.count, &header, &failure)
      case .webp: unsafe ferm_webp_open(bytes.start, bytes.count, &header, &failure)
      }
    guard let decoder = unsafe opened else { throw .decode(text(failure)) }
    self.bytes = bytes
    unsafe self.decoder = decoder
    self.library = library
    self.header = header
    width = Int(header.width)
    height = Int(header.height)
  }

  // SAFETY: nobody else has the decoder, and the bytes outlive it.
  deinit { unsafe ferm_decoder_close(decoder) }

  private var pixelBytes: Int { Int(header.width) * Int(header.height) * Int(header.channels) }
  var memory: Int { pixelBytes + Int(header.slack) + Int(clamping: header.memory) }

  func reduce(by denominator: Int) {
    // SAFETY: the decoder is open and has not begun with the pixels.
    if library == .jpeg, denominator > 1 { unsafe ferm_jpeg_reduce(decoder, Int32(denominator), &header) }
  }

  func read(over background: Background) throws(ImageError) -> Picture {
    let ground = ferm_background(red: background.red, green: background.green, blue: background.blue)
    let (size, room) = (pixelBytes, pixelBytes + Int(header.slack))
    var failure = ferm_image_failure()
    var orientation: Int32 = 0
    // SAFETY: the shim writes all of the first `size` bytes or fails, and then nothing counts as initialised.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: room) { pixels, count in
      orientation = unsafe ferm_decoder_read(decoder, ground, pixels.baseAddress, room, &failure)
      count = orientation > 0 ? size : 0
    }
    guard let turned = Orientation(rawValue: Int(orientation)) else { throw .decode(text(failure)) }
    return Picture(
      width: Int(header.width), height: Int(header.height), channels: Int(header.channels), pixels: pixels,
      orientation: turned)
  }
}

/// The library's words.
func text(_ failure: ferm_image_failure) -> String {
  // SAFETY: the bytes are copied while the closure runs.
  let bytes = unsafe withUnsafeBytes(of: failure.text) { unsafe Array($0.prefix { $0 != 0 }) }
  return bytes.isEmpty ? "unknown reason" : String(decoding: bytes, as: UTF8.self)
}
