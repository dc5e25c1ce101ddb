internal import Glibc

/// Which file a path leads to, whatever the path is called: two paths with one identity are one file.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// The file at `path`, links followed; nil when there is none.
  public init?(_ path: FilePath) {
    var status = stat()
    guard let name = path.systemName, stat(name, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The file behind an open descriptor.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) { (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
}
