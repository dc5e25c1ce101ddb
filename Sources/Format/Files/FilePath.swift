/// A path as the system has it: bytes, which need not be UTF-8.
public struct FilePath: Hashable, Sendable {
  /// The bytes, without the NUL at the end.
  public let bytes: [UInt8]

  /// Takes bytes as they are.
  public init(bytes: [UInt8]) { self.bytes = bytes }
  /// Takes a text's UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// The path as text; what is not UTF-8 becomes U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  /// Whether ``text`` tells the whole truth.
  public var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// The path for the system's functions; nil for one that no file can have.
  public var systemName: [CChar]? {
    bytes.isEmpty || bytes.contains(0) ? nil : bytes.map { CChar(bitPattern: $0) } + [0]
  }

  /// Something in this folder.
  public func appending(_ name: some Sequence<UInt8>) -> FilePath {
    FilePath(bytes: (bytes.last == UInt8(ascii: "/") ? bytes : bytes + [UInt8(ascii: "/")]) + name)
  }
}
