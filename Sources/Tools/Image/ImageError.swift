/// Why a file gave no image.
public enum ImageError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no such file.
  case missing
  /// The system refuses to read it; its words.
  case unreadable(String)
  /// It has no bytes.
  case empty
  /// Its first bytes are neither JPEG's nor PNG's.
  case unknownType
  /// It is damaged; the decoder's words.
  case decode(String)
  /// It has more pixels than the limit.
  case tooLarge(width: Int, height: Int)

  /// A stable name for records.
  public var code: String {
    switch self {
    case .missing: "missing"
    case .unreadable: "unreadable"
    case .empty: "empty"
    case .unknownType: "unknown-type"
    case .decode: "decode"
    case .tooLarge: "too-large"
    }
  }

  /// One sentence.
  public var description: String {
    switch self {
    case .missing: "There is no such file."
    case .unreadable(let words): "The file cannot be read: \(words)."
    case .empty: "The file is empty."
    case .unknownType: "The file is neither a JPEG nor a PNG image."
    case .decode(let words): "The image is damaged: \(words)."
    case .tooLarge(let width, let height): "The image has \(width) x \(height) pixels, more than the limit."
    }
  }
}
