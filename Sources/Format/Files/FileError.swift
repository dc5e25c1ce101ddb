internal import Glibc

/// A file that could not be used: one sentence for people, the path in it printable.
public struct FileError: Error, Equatable, Sendable {
  /// Whose fault it is.
  public enum Kind: Sendable {
    /// The command: an output that is an input.
    case usage
    /// The system refused.
    case system
    /// The program that read the other end of a pipe has ended.
    case readerGone
  }

  /// Whose fault it is.
  public let kind: Kind
  /// The sentence.
  public let message: String

  /// Makes an error from one sentence.
  public init(_ message: String, kind: Kind = .system) { (self.message, self.kind) = (message, kind) }

  /// The system's reason why `path` cannot be used; `error` is an errno.
  static func system(_ path: FilePath, _ verb: String, _ error: Int32) -> FileError {
    FileError("\(path.printable): it cannot be \(verb): \(systemReason(error)).")
  }
}

/// The system's words for an errno.
public func systemReason(_ error: Int32) -> String { String(cString: strerror(error)) }
