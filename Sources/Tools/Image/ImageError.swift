/// Why an image could not be read or written.
///
/// `code` is stable and goes into machine-readable records; `description` is one sentence with the remedy.
public enum ImageError: Error, Equatable, Sendable {
  /// Nothing is there.
  case missing
  /// Something is there which cannot be read as a file; the system's reason.
  case unreadable(String)
  /// An image cannot be written there; the system's reason.
  case unwritable(String)
  /// The file has no bytes.
  case empty
  /// The first bytes are those of no known format.
  case unknownType
  /// The data is cut short or corrupt; the decoder's reason.
  case decode(String)
  /// The header announces more pixels than the decoder's limit.
  case tooLarge(width: Int, height: Int, limit: Int)
  /// The header announces a side of more pixels than the decoder's limit.
  case sideTooLong(width: Int, height: Int, limit: Int)
  /// Decoding would take more memory than the decoder's limit.
  case tooMuchMemory(bytes: Int, limit: Int)
  /// The file is longer than an image of so many pixels would be.
  case tooLong(bytes: Int, limit: Int)

  /// The name of this kind of error in JSON records.
  public var code: String {
    switch self {
    case .missing: "missing"
    case .unreadable: "unreadable"
    case .unwritable: "unwritable"
    case .empty: "empty"
    case .unknownType: "unknown-type"
    case .decode: "decode"
    case .tooLarge, .sideTooLong, .tooMuchMemory, .tooLong: "too-large"
    }
  }
}

extension ImageError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .missing:
      "There is no such file: check the spelling of its path."
    case .unreadable(let reason):
      "The file cannot be read (\(reason)): give a regular file that you may read."
    case .unwritable(let reason):
      "The file cannot be written (\(reason)): give a folder that you may write to."
    case .empty:
      "The file is empty: copy or download it again."
    case .unknownType:
      "The data is not JPEG, PNG, WebP, BMP or PNM: convert it to one of these."
    case .decode(let reason):
      "The image is cut short or corrupt (\(reason)): copy or export it again."
    case .tooLarge(let width, let height, let limit):
      "The image has \(width) x \(height) pixels, more than the limit of \(limit): scale it down or crop it."
    case .sideTooLong(let width, let height, let limit):
      "The image has \(width) x \(height) pixels, and a side may have no more than \(limit): scale it down or crop it."
    case .tooMuchMemory(let bytes, let limit):
      "Decoding the image takes \(bytes) bytes, more than the limit of \(limit): scale it down or crop it."
    case .tooLong(let bytes, let limit):
      "The file has \(bytes) bytes, more than the limit of \(limit) for its pixels: scale the image down or crop it."
    }
  }
}
