internal import FermImageShim
internal import Glibc

/// An 8-bit image: grey or interleaved RGB, rows from the top without gaps.
public struct Image: Equatable, Sendable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 for grey, 3 for RGB.
  public let channels: Int
  /// `height * width * channels` bytes.
  public let pixels: [UInt8]
}

/// Decodes JPEG and PNG files; the type is told by content, never by name.
///
/// A damaged or truncated image is an error, never a guess.
public struct ImageDecoder: Sendable {
  private let pixelLimit: Int

  /// Makes a decoder.
  ///
  /// - Parameter pixelLimit: images with more pixels are refused before memory is taken for them.
  public init(pixelLimit: Int = 100_000_000) { self.pixelLimit = pixelLimit }

  /// Decodes a file.
  public func decode(path: String) throws(ImageError) -> Image { try decode(bytes: try contents(path)) }

  /// Decodes a file that is in memory.
  public func decode(bytes: [UInt8]) throws(ImageError) -> Image {
    guard !bytes.isEmpty else { throw .empty }
    var image = ferm_image()
    let result: Int32
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      result = ferm_decode_jpeg(bytes, bytes.count, UInt64(pixelLimit), &image)
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      result = ferm_decode_png(bytes, bytes.count, UInt64(pixelLimit), &image)
    } else {
      throw .unknownType
    }
    defer { free(image.pixels) }
    let (width, height) = (Int(image.width), Int(image.height))
    switch Int(result) {
    case FERM_IMAGE_OK:
      // SAFETY: on success the shim has filled width * height * channels bytes.
      let count = width * height * Int(image.channels)
      return Image(
        width: width, height: height, channels: Int(image.channels),
        pixels: Array(UnsafeBufferPointer(start: image.pixels, count: count)))
    case FERM_IMAGE_TOO_LARGE: throw .tooLarge(width: width, height: height)
    case FERM_IMAGE_NO_MEMORY: throw .decode("there is not enough memory for it")
    default:
      let words = withUnsafeBytes(of: image.message) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .decode(words)
    }
  }

  /// The bytes of a regular file; a pipe or device must not make the program wait.
  private func contents(_ path: String) throws(ImageError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw errno == ENOENT ? .missing : .unreadable(String(cString: strerror(errno))) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable("it is not a regular file")
    }
    guard status.st_size <= 1 << 30 else { throw .unreadable("it is larger than 1 GB") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
      if got == 0 { break }
      done += got
    }
    return Array(bytes.prefix(done))
  }
}
