internal import FermImageShim

/// Encodes a picture as PNG or JPEG, some rows at a time, so that it need never be in memory as a whole.
@safe public final class ImageEncoder {
  /// What is written.
  public enum Format: Equatable, Sendable {
    /// Without loss.
    case png
    /// With colours at full size; quality 1 to 100 as libjpeg counts it.
    case jpeg(quality: Int)
  }

  private let encoder: OpaquePointer
  private let rowBytes: Int
  private var rowsLeft: Int

  /// Begins a picture.
  ///
  /// - Parameters:
  ///   - channels: 1 for grey, 3 for RGB.
  ///   - software: the program whose work this is, in ASCII; ``begins(_:asMadeBy:)`` finds it again.
  /// - Throws: `unwritable` for sides that the format does not have.
  public init(_ format: Format, width: Int, height: Int, channels: Int, software: String? = nil)
    throws(ImageError)
  {
    guard let across = UInt32(exactly: width), let down = UInt32(exactly: height), across > 0, down > 0 else {
      throw .unwritable("a picture of \(width) x \(height) pixels")
    }
    let samples = UInt32(channels == 1 ? 1 : 3)
    var failure = ferm_image_failure()
    // SAFETY: the program's name ends with NUL, and is copied before the call ends.
    let begun =
      switch format {
      case .png: unsafe ferm_png_begin(across, down, samples, software, &failure)
      case .jpeg(let quality):
        unsafe ferm_jpeg_begin(across, down, samples, Int32(min(max(quality, 1), 100)), software, &failure)
      }
    guard let encoder = unsafe begun else { throw .unwritable(text(failure)) }
    unsafe self.encoder = encoder
    rowBytes = width * Int(samples)
    rowsLeft = height
  }

  // SAFETY: nobody else has the encoder.
  deinit { unsafe ferm_encoder_close(encoder) }

  /// Adds rows.
  ///
  /// - Parameter rows: whole rows of `width * channels` bytes, no more than the picture still lacks.
  /// - Returns: what is encoded by now, to be written behind what was given before.
  public func append(_ rows: [UInt8]) throws(ImageError) -> [UInt8] {
    let count = rows.count / rowBytes
    precondition(
      count * rowBytes == rows.count && count <= rowsLeft, "rows must be whole and within the picture")
    rowsLeft -= count
    var failure = ferm_image_failure()
    // SAFETY: `rows` holds `count` rows.
    guard unsafe ferm_encoder_write(encoder, rows, UInt32(count), &failure) == 1 else {
      throw .unwritable(text(failure))
    }
    return taken()
  }

  /// Ends the picture, all rows of which must be there, and gives its last bytes.
  public func finish() throws(ImageError) -> [UInt8] {
    precondition(rowsLeft == 0, "the picture lacks rows")
    var failure = ferm_image_failure()
    // SAFETY: the encoder is open.
    guard unsafe ferm_encoder_finish(encoder, &failure) == 1 else { throw .unwritable(text(failure)) }
    return taken()
  }

  /// Encodes a whole picture.
  public static func encode(_ image: Image, as format: Format, software: String? = nil) throws(ImageError)
    -> [UInt8]
  {
    let encoder = try ImageEncoder(
      format, width: image.width, height: image.height, channels: image.channels, software: software)
    return try encoder.append(image.pixels) + encoder.finish()
  }

  /// Whether a file that begins with these bytes, 1,024 of them or all, was encoded here for this program.
  public static func begins(_ start: [UInt8], asMadeBy software: String) -> Bool {
    let (png, jpeg) = (
      Array("tEXtSoftware\0\(software)".utf8), [0, UInt8(software.utf8.count + 2)] + software.utf8
    )
    // After the header of a PNG, which is 33 bytes long, come the length of its first text and that; of a JPEG the comment.
    return start.dropFirst(37).starts(with: png)
      || start.starts(with: [0xFF, 0xD8]) && start.dropFirst(20).starts(with: [0xFF, 0xFE] + jpeg)
  }

  /// Whether the file whose path is these bytes was encoded here for this program; false for one that cannot be read.
  public static func made(fileAt path: [UInt8], for software: String) -> Bool {
    do throws(ImageError) {
      return begins(try ImageFile(path: path).read(upTo: 1024).prefix(1024), asMadeBy: software)
    } catch { return false }
  }

  private func taken() -> [UInt8] {
    var count = 0
    // SAFETY: the bytes are copied before the encoder is used again.
    let start = unsafe ferm_encoder_take(encoder, &count)
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }
}
