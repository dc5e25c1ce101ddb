import FermFormat
import FermRuntime
import FermToolSupport
import Foundation

/// How long it takes until a model predicts; the file is in the system's cache after the warm-up.
///
/// `first_prediction_ms` is the time from the start of a fresh process to its first prediction, `anonymous_mb` the memory that
/// process then has for itself, `kept_mb` the part of it that holds weights in the form in which the runtime reads them.
struct LoadBench {
  let arguments: Arguments

  init(_ arguments: Arguments) { self.arguments = arguments }

  func run() throws {
    guard let path = arguments.string("--model") else { throw UsageError("load wants --model FILE.") }
    if arguments.has("--child") { return try predictOnce(path) }
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 9
    let file = try ModelFile(path: path)
    let records = try Measurement(repeats: repeats) { _ = try ModelFile(path: path) }
    let weights = try Measurement(repeats: repeats) { _ = try ModelFile(path: path).loadModel() }
    let plan = try Measurement(repeats: repeats) { _ = try Plan(path: path) }
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
  private func fresh(_ path: String) throws -> Memory {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["load", "--model", path, "--child"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let figures = text.split(separator: " ").compactMap {
      Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    guard process.terminationStatus == 0, figures.count == 3 else {
      throw FormatError(.io, "A fresh process did not predict with \(path).")
    }
    return Memory(anonymous: figures[0], kept: figures[1], peak: figures[2])
  }

  /// What the fresh process does.
  private func predictOnce(_ path: String) throws {
    let session = try Session(
      try Plan(path: path), maxBatch: 1, threads: try arguments.integer("--threads", in: 1...256) ?? 0)
    let pixels = [UInt8](repeating: 127, count: 48 * 48)
    try pixels.withUnsafeBufferPointer { pixels in
      guard let image = PixelImage(pixels: pixels, width: 48, height: 48, channels: 1) else { return }
      _ = try session.probabilities([image])
    }
    print(
      Measurement.memory("RssAnon"), Double(session.weightBytes) / 1e6, Measurement.memory("VmHWM"))
  }
}
