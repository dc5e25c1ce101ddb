import Glibc

/// Where a process is: what tells machines apart, and its number there.
struct ProcessPlace: Equatable {
  let machine: String
  let process: pid_t

  /// This process's.
  ///
  /// Processes of two containers on one machine do not see each other: the name of their space of numbers is part of the place.
  static var own: ProcessPlace {
    func text(_ path: String) -> String {
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return "" }
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 64)
      return String(decoding: bytes.prefix(max(read(file, &bytes, bytes.count), 0)), as: UTF8.self)
    }
    var space = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/self/ns/pid", &space, space.count)
    let name = String(decoding: space.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return ProcessPlace(
      machine: text("/proc/sys/kernel/random/boot_id").filter { $0 != "\n" } + name, process: getpid())
  }

  init(machine: String, process: pid_t) { (self.machine, self.process) = (machine, process) }

  /// Reads what ``bytes`` made.
  init?(_ bytes: [UInt8]) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let process = pid_t(parts[0]) else { return nil }
    self.init(machine: String(parts[1]), process: process)
  }

  /// Its words for others.
  var bytes: [UInt8] { Array("\(process) \(machine)".utf8) }
}
