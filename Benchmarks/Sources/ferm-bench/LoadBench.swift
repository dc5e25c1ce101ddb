import FermFormat
import FermRuntime
import FermToolSupport
import Foundation

/// How long it takes until a model predicts; the file is in the system's cache after the warm-up.
///
/// `first_prediction_ms` is the time from the start of a fresh process to its first prediction, `anonymous_mb` the memory that
/// process then has for itself, `kept_mb` the part of it that holds weights.
struct LoadBench {
  let arguments: Arguments
  let precision: Precision

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    precision = try arguments.choice("--precision", of: Precision.self) ?? .exact
  }

  /// That open the file and predict; 0 for as many as there are processors.
  private var threads: Int { get throws { try arguments.integer("--threads", in: 1...256) ?? 0 } }

  func run() throws {
    guard let path = arguments.string("--model") else { throw UsageError("load wants --model FILE.") }
    if arguments.has("--child") { return try predictOnce(path) }
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 9
    let file = try ModelFile(path: path)
    let records = try Measurement(repeats: repeats) { _ = try ModelFile(path: path) }
    let weights = try Measurement(repeats: repeats) { _ = try ModelFile(path: path).loadModel() }
    let threads = try threads
    let plan = try Measurement(repeats: repeats) { _ = try Plan(path: path, threads: threads) }
    let first = try Measurement(repeats: repeats) { _ = try fresh(path) }
    let memory = try fresh(path)
    emit(
      ("name", .string("load")), ("model", .string(file.name)), ("file_mb", rounded(Double(file.size) / 1e6)),
      ("records_ms", rounded(1e3 * records.median)), ("weights_ms", rounded(1e3 * weights.median)),
      ("ms", rounded(1e3 * plan.median)), ("first_prediction_ms", rounded(1e3 * first.median)),
      ("anonymous_mb", rounded(memory.anonymous)), ("kept_mb", rounded(memory.kept)),
      ("peak_rss_mb", rounded(memory.peak)))
  }

  private struct Memory {
    let anonymous: Double
    let kept: Double
    let peak: Double
  }

  /// Starts this program anew, has it predict once, and reads what it says of its memory, in MB.
  ///
  /// By the system's own calls: Foundation's Process takes longer than a small model.
  private func fresh(_ path: String) throws -> Memory {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw FormatError(.io, "The system gives no pipe.") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var arguments: [String] = [
      "ferm-bench", "load", "--model", path, "--child", "--precision", precision.rawValue,
    ]
    if try threads > 0 { arguments += ["--threads", "\(try threads)"] }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let started = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, environ)
    close(ends[1])
    defer { close(ends[0]) }
    var text = [UInt8](repeating: 0, count: 256)
    let count = started == 0 ? read(ends[0], &text, text.count) : -1
    var status: Int32 = 0
    if started == 0 { waitpid(child, &status, 0) }
    let figures = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split { $0.isWhitespace }
      .compactMap { Double($0) }
    guard status == 0, figures.count == 3 else {
      throw FormatError(.io, "A fresh process did not predict with \(path).")
    }
    return Memory(anonymous: figures[0], kept: figures[1], peak: figures[2])
  }

  /// What the fresh process does.
  private func predictOnce(_ path: String) throws {
    let threads = try threads
    let session = try Session(
      try Plan(path: path, threads: threads), maxBatch: 1, threads: threads, precision: precision)
    let pixels = [UInt8](repeating: 127, count: 48 * 48)
    _ = try session.probabilities([PixelImage(pixels, width: 48, height: 48, channels: 1)])
    print(Measurement.memory("RssAnon"), Double(session.weightBytes) / 1e6, Measurement.memory("VmHWM"))
    // The system takes the memory back faster than its owners.
    fflush(nil)
    _exit(0)
  }
}
