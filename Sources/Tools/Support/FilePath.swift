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

extension CommandLine {
  /// The words after the program's name, byte for byte.
  public static var rawWords: [FilePath] {
    (1..<max(1, Int(argc))).compactMap { place in
      unsafeArgv[place].map { word in
        var bytes: [UInt8] = []
        var next = word
        while next.pointee != 0 {
          bytes.append(UInt8(bitPattern: next.pointee))
          next += 1
        }
        return FilePath(bytes: bytes)
      }
    }
  }
}

extension FilePath {
  /// The path for people: what a terminal might obey, and what is not UTF-8, as `\n` or `\xFF`.
  public var printable: String {
    if let text = String(validating: bytes, as: UTF8.self) { return text.printable }
    return bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)).printable : "\\x\(String($0, radix: 16))" }
      .joined()
  }
}

extension String {
  /// The text with control characters as `\n` or `\x1b`, for people.
  public var printable: String {
    guard unicodeScalars.contains(where: { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.value < 0x20 || 0x7F..<0xA0 ~= scalar.value:
        text += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
