import FermToolSupport
import FermTrain
import Glibc

/// Keeps other programs out of a run's folder for as long as this one is at work there.
///
/// The lock is that of flock(2) on `RUN/.lock`: it goes with its process, however that ends. The file says whose it is, and is
/// removed at the end.
final class RunLock {
  private let folder: String
  private let path: String
  /// What is at work in the folder, for people.
  private let work: String
  private var descriptor: Int32 = -1
  private var hasNoLocks = false

  /// Names the lock of a folder.
  ///
  /// - Parameter work: what is at work in it.
  init(_ folder: String, of work: String = "run") {
    (self.folder, path, self.work) = (folder, "\(folder)/.lock", work)
  }

  deinit {
    guard descriptor >= 0 else { return }
    unlink(path)
    close(descriptor)
  }

  /// Takes the lock; without effect when it is taken already.
  ///
  /// A file system that has no locks is told of, and used without.
  /// - Throws: `data` when another program has it, or the folder cannot be written to.
  func take() throws(TrainError) {
    while descriptor < 0, !hasNoLocks {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard file >= 0 else { throw .data("\(folder): a \(work) cannot be written here: \(reason).") }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        // The process that held it before may have removed the file since it was opened.
        if isStillThere(file) { descriptor = file } else { close(file) }
        continue
      }
      let error = errno
      defer { close(file) }
      guard error != EWOULDBLOCK else {
        throw .data(
          "\(folder): a \(work) is under way in this folder (\(holder(file))); wait for it, end it, or choose another --out."
        )
      }
      hasNoLocks = true
      narrate(
        "\(folder): a second \(work) here would not be refused, as the file system has no locks: \(reason)")
    }
    guard descriptor >= 0 else { return }
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let text =
      "process \(getpid()) on \(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))\n"
    ftruncate(descriptor, 0)
    // Words for people; a run works without them.
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  /// Whether another program has the lock of a folder.
  static func isHeld(_ folder: String) -> Bool {
    let file = open("\(folder)/.lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  private func isStillThere(_ file: Int32) -> Bool {
    var (held, named) = (stat(), stat())
    return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
      && held.st_dev == named.st_dev
  }

  /// What the file says of the program that has the lock.
  private func holder(_ file: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(file, &bytes, bytes.count, 0)
    let text = String(
      decoding: bytes.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return text.isEmpty ? "of an unknown process" : text
  }

  private var reason: String { String(cString: strerror(errno)) }
}
