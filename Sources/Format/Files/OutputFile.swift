internal import FermSystem
internal import Glibc

/// A file being written: it appears under its name when it is complete, and what was there before stays until then.
///
/// The bytes grow in a temporary file beside it, which goes if this value goes without ``commit()``; one that a killed program
/// left is removed by the next that writes the same file. A link at the path is replaced, not followed. Devices, pipes and
/// `/dev/stdout` have no "before" and are written as they are.
public final class OutputFile {
  /// Where the file is to be.
  public let path: FilePath
  /// The file that is there now and will be replaced.
  public let replaced: FileIdentity?
  /// What is being written.
  public let written: FileIdentity?
  /// Whether it is a device or a pipe, where every byte counts as soon as it is written.
  public var isInPlace: Bool { temporary == nil }
  /// Whether somebody reads this on a terminal.
  public var isTerminal: Bool { isatty(descriptor) == 1 }

  private let target: [CChar]
  /// The temporary file's name; nil for a device or pipe.
  private let temporary: [CChar]?
  private var descriptor: Int32

  /// Begins a file; nothing at `path` is touched yet.
  ///
  /// - Parameter inputs: what the program reads; a path that leads to one of these files is refused.
  /// - Throws: `usage` for an output that is an input, else the system's reason.
  public init(_ path: FilePath, unlike inputs: [FilePath] = []) throws(FileError) {
    guard let target = path.systemName else {
      throw FileError("An output needs a name without a zero byte in it.", kind: .usage)
    }
    let isInPlace = Self.isWrittenInPlace(target, path)
    let replaced = isInPlace ? nil : FileIdentity(path)
    if let replaced, let input = inputs.first(where: { FileIdentity($0) == replaced }) {
      throw FileError(
        "\(path.printable): this output is an input\(input == path ? "" : ", \(input.printable)"); choose another name.",
        kind: .usage)
    }
    self.path = path
    self.target = target
    self.replaced = replaced
    if isInPlace {
      temporary = nil
      descriptor = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw .system(path, "written", errno) }
    } else {
      var name = [CChar](repeating: 0, count: target.count + 16)
      descriptor = ferm_file_create_beside(target, &name, name.count)
      guard descriptor >= 0 else { throw .system(path, "written", -descriptor) }
      temporary = name
    }
    written = FileIdentity(descriptor: descriptor)
  }

  deinit {
    if descriptor >= 0, let temporary {
      ferm_file_discard(descriptor, temporary)
    } else if descriptor >= 0 {
      close(descriptor)
    }
  }

  /// Adds bytes.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    let result = ferm_file_append(descriptor, bytes, bytes.count)
    guard result != -EPIPE else {
      throw FileError("\(path.printable): the program that reads it has ended.", kind: .readerGone)
    }
    guard result == 0 else { throw .system(path, "written", -result) }
  }

  /// Puts bytes in the place of the first ones, for what is only known at the end. Not for devices and pipes.
  public func replaceStart(with bytes: [UInt8]) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
      }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw .system(path, "written", errno) }
      done += put
    }
  }

  /// Gives the file its name, complete and safe from a power cut. Nothing may be added afterwards.
  ///
  /// - Parameter ending: what is added to the name, for what is not to replace the file that was there before.
  public func commit(withEnding ending: String = "") throws(FileError) {
    defer { descriptor = -1 }
    guard let temporary else {
      guard close(descriptor) == 0 else { throw .system(path, "written", errno) }
      return
    }
    let name = target.dropLast() + ending.utf8.map { CChar(bitPattern: $0) } + [0]
    let result = ferm_file_commit(descriptor, temporary, Array(name))
    guard result == 0 else { throw .system(path, "written", -result) }
  }

  /// Writes a whole file.
  public static func write(
    _ bytes: [UInt8], to path: FilePath, unlike inputs: [FilePath] = []
  ) throws(FileError) {
    let file = try OutputFile(path, unlike: inputs)
    try file.append(bytes)
    try file.commit()
  }

  /// Devices, pipes, sockets, and the names of open descriptors, which must not be replaced by a file.
  private static func isWrittenInPlace(_ name: [CChar], _ path: FilePath) -> Bool {
    if ["/dev/", "/proc/"].contains(where: { path.bytes.starts(with: $0.utf8) }) { return true }
    var status = stat()
    guard stat(name, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }
}
