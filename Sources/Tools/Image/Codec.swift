internal import FermImageShim

/// One of the system's decoders.
enum Codec {
  case jpeg
  case png

  /// How many bytes of a file `init(startOf:)` looks at.
  static let signatureLength = 8

  /// The decoder for data that starts like this.
  init?(startOf bytes: [UInt8]) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// Reads the size and the layout, and allocates nothing that grows with the image.
  func header(of bytes: [UInt8]) throws(ImageError) -> CodecHeader {
    var header = ferm_image_header()
    var failure = ferm_image_failure()
    // SAFETY: the shim reads `count` bytes at most and keeps no pointer.
    let status = unsafe bytes.withUnsafeBufferPointer { bytes in
      switch self {
      case .jpeg: unsafe ferm_jpeg_header(bytes.baseAddress, bytes.count, &header, &failure)
      case .png: unsafe ferm_png_header(bytes.baseAddress, bytes.count, &header, &failure)
      }
    }
    guard status == 0, let header = CodecHeader(header) else { throw .decode(text(failure)) }
    return header
  }

  /// Decodes to `header.byteCount` bytes in the header's layout.
  func pixels(of bytes: [UInt8], _ header: CodecHeader) throws(ImageError) -> [UInt8] {
    var failure = ferm_image_failure()
    var status: Int32 = 0
    // SAFETY: the shim writes all of the capacity or fails, and then nothing counts as initialised.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: header.byteCount) { room, count in
      status = unsafe bytes.withUnsafeBufferPointer { bytes in
        switch self {
        case .jpeg:
          unsafe ferm_jpeg_pixels(
            bytes.baseAddress, bytes.count, room.baseAddress, header.byteCount, &failure)
        case .png:
          unsafe ferm_png_pixels(
            bytes.baseAddress, bytes.count, room.baseAddress, header.byteCount, &failure)
        }
      }
      count = status == 0 ? header.byteCount : 0
    }
    guard status == 0 else { throw .decode(text(failure)) }
    return pixels
  }

  private func text(_ failure: ferm_image_failure) -> String {
    // SAFETY: the bytes are copied while the closure runs.
    let bytes = unsafe withUnsafeBytes(of: failure.text) { unsafe Array($0.prefix { $0 != 0 }) }
    return bytes.isEmpty ? "unknown reason" : String(decoding: bytes, as: UTF8.self)
  }
}

/// What is known of an image before its pixels are decoded.
struct CodecHeader {
  let width: Int
  let height: Int
  let layout: PixelLayout

  var pixelCount: Int { width * height }
  var byteCount: Int { width * height * layout.samples }

  fileprivate init?(_ header: ferm_image_header) {
    guard let layout = PixelLayout(rawValue: header.layout), layout.samples == Int(header.samples) else {
      return nil
    }
    // A side has 31 bits at most, so the product of the two fits.
    self.width = Int(header.width)
    self.height = Int(header.height)
    self.layout = layout
  }
}
