import FermFiles
import FermImage
import FermToolSupport

/// A list of paths on standard input, one a line or each ended by NUL; or a picture in its place.
struct PathList {
  /// What is found.
  enum Entry {
    case path(FilePath)
    /// Standard input is no list but a picture; its bytes, or why they are too many.
    case picture(Result<[UInt8], ImageError>)
  }

  private let bytes = ByteRecords()
  private let separator: UInt8
  private let decoder: ImageDecoder
  private var (isBegun, records, blanks) = (false, 0, 0)

  /// No system takes a longer path, and a list of blank lines alone is endless.
  private static let (longest, mostBlanks) = (65_536, 65_536)
  /// Enough to tell a picture from a list.
  private static let signature = 18

  /// - Parameter separator: what ends each path.
  init(separator: UInt8, decoder: ImageDecoder) { (self.separator, self.decoder) = (separator, decoder) }

  /// The next path; nil at the end.
  ///
  /// - Throws: a sentence about what is no list, with its line.
  mutating func next() throws(FileError) -> Entry? {
    if !isBegun {
      isBegun = true
      if startsAPicture() { return .picture(picture()) }
      try bytes.passByteOrderMark()
    }
    while let record = bytes.next(endingWith: separator, limit: Self.longest) {
      records += 1
      guard record.count <= Self.longest else {
        throw failure("is longer than any path (\(Self.longest) bytes): it is not a list of paths")
      }
      guard !record.contains(0) else {
        throw failure(
          "has a zero byte in it: use -0 for a list that find -print0 made, and save UTF-16 text as UTF-8")
      }
      let path = FilePath(bytes: record).withoutCarriageReturn(separator == UInt8(ascii: "\n"))
      guard path.bytes.isEmpty else {
        blanks = 0
        return .path(path)
      }
      blanks += 1
      guard blanks < Self.mostBlanks else {
        throw failure("ends \(blanks) empty ones: it is not a list of paths")
      }
    }
    if let reason = bytes.failure { throw FileError("standard input: it cannot be read: \(reason).") }
    return nil
  }

  private func failure(_ what: String) -> FileError {
    FileError("standard input: \(separator == 0 ? "entry" : "line") \(records) \(what).")
  }

  private func startsAPicture() -> Bool {
    // No further than a line at first: a program that writes slowly waits for an answer.
    let line = Array(bytes.peek(Self.signature) { $0 == separator })
    guard ImageDecoder.mayBegin(line), !FilePath(bytes: line.filter { $0 != separator }).exists else {
      return false
    }
    return ImageDecoder.recognises(Array(bytes.peek(Self.signature)))
  }

  /// All of standard input, as far as a picture of the size that it announces may reach.
  private func picture() -> Result<[UInt8], ImageError> {
    do throws(ImageError) {
      let limit = try decoder.encodedLimit { Array(bytes.peek($0)) }
      let all = Array(bytes.peek(limit + 1))
      guard all.count <= limit else { throw .tooLong(bytes: all.count, limit: limit) }
      return .success(all)
    } catch {
      return .failure(error)
    }
  }
}

extension FilePath {
  /// The path as a list made on Windows means it: without a carriage return at its end, unless a file is called so.
  fileprivate func withoutCarriageReturn(_ isLine: Bool) -> FilePath {
    guard isLine, bytes.last == UInt8(ascii: "\r"), !exists else { return self }
    return FilePath(bytes: bytes.dropLast())
  }
}
