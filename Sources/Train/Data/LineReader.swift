internal import FermFiles
internal import Glibc

/// The lines of a text file, some megabytes of them at a time.
///
/// The file is read, not mapped: a mapped file that somebody shortens ends the program.
struct LineReader {
  /// A line that is not empty, without its end; lines are counted from 1.
  struct Line: Sendable {
    let number: Int
    let bytes: ArraySlice<UInt8>
  }

  private let path: FilePath
  private let file: Descriptor
  private var rest: [UInt8] = []
  private var (number, isAtEnd, total) = (0, false, 0)

  /// An open file, closed when this goes.
  private final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { if number >= 0 { close(number) } }

    /// What tells whether a file is as it was: its size and when it was written; nil for pipes and devices.
    var state: [Int]? {
      var status = stat()
      guard unsafe fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
  }

  private let before: [Int]?

  /// Opens a file.
  init(_ path: FilePath) throws(TrainError) {
    self.path = path
    file = Descriptor(path.systemName.map { unsafe open($0, O_RDONLY | O_CLOEXEC) } ?? -1)
    guard file.number >= 0 else {
      throw .data("\(path.printable): the file cannot be read: \(unsafe String(cString: strerror(errno))).")
    }
    before = file.state
  }

  /// The next lines; nil at the end.
  ///
  /// - Throws: `data` when the file cannot be read, has a line beyond all bounds, or changed meanwhile.
  mutating func next() throws(TrainError) -> [Line]? {
    while !isAtEnd {
      let piece = try read(8 << 20)
      if total == 0 { try refuseOtherKinds(piece) }
      total += piece.count
      isAtEnd = piece.isEmpty
      if isAtEnd { try checkUnchanged() }
      let text = rest + piece
      let end = isAtEnd ? text.count : (text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
      rest = Array(text[end...])
      let lines = try lines(text[..<end])
      guard rest.count <= FaceTable.lineLimit else { throw tooLong(number + 1) }
      if !lines.isEmpty { return lines }
    }
    return nil
  }

  private mutating func lines(_ text: ArraySlice<UInt8>) throws(TrainError) -> [Line] {
    var lines: [Line] = []
    var start = text.startIndex
    while start < text.endIndex {
      number += 1
      let next = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
      let stop = next > start && text[next - 1] == UInt8(ascii: "\r") ? next - 1 : next
      guard stop - start <= FaceTable.lineLimit else { throw tooLong(number) }
      if stop > start { lines.append(Line(number: number, bytes: text[start..<stop])) }
      start = next + 1
    }
    return lines
  }

  /// Names what is often given in place of a table.
  private func refuseOtherKinds(_ start: [UInt8]) throws(TrainError) {
    let kinds: [(start: [UInt8], words: String)] = [
      ([0x50, 0x4B, 3, 4], "the file is a zip archive; unpack it, and name what comes out"),
      ([0x1F, 0x8B], "the file is compressed; unpack it, and name what comes out"),
      ([0xFF, 0xFE], "the file is UTF-16 text; save it as UTF-8"),
      ([0xFE, 0xFF], "the file is UTF-16 text; save it as UTF-8"),
    ]
    for kind in kinds where start.starts(with: kind.start) {
      throw .data("\(path.printable): \(kind.words).")
    }
  }

  private func tooLong(_ line: Int) -> TrainError {
    .data(
      "\(path.printable), line \(line): it is longer than \(FaceTable.lineLimit) bytes, as no line of FER2013's table is; lines end with LF or CRLF."
    )
  }

  private func checkUnchanged() throws(TrainError) {
    guard let before else { return }
    guard file.state == before, total == before[0] else {
      throw .data("\(path.printable): the file changed while it was read; start again when it is complete.")
    }
  }

  private func read(_ count: Int) throws(TrainError) -> [UInt8] {
    var failure: Int32 = 0
    // SAFETY: `filled` bytes are written, and `count` have room.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      while filled < count {
        let got = unsafe Glibc.read(file.number, room.baseAddress.map { unsafe $0 + filled }, count - filled)
        if got == 0 { return }
        if got > 0 {
          filled += got
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else {
      throw .data("\(path.printable): the file cannot be read: \(unsafe String(cString: strerror(failure))).")
    }
    return bytes
  }
}
