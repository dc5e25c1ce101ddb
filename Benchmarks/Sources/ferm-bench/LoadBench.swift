import FermFormat
import FermRuntime
import FermToolSupport

/// From the path to a plan that is ready to run; the file is in the system's cache after the warm-up.
struct LoadBench {
  let arguments: Arguments

  init(_ arguments: Arguments) { self.arguments = arguments }

  func run() throws {
    guard let path = arguments.string("--model") else { throw UsageError("load wants --model FILE.") }
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 9
    let size = try ModelFile(path: path).size
    let records = try Measurement(repeats: repeats) { _ = try ModelFile(path: path) }
    let weights = try Measurement(repeats: repeats) { _ = try ModelFile(path: path).loadModel() }
    let plan = try Measurement(repeats: repeats) { _ = try Plan(path: path) }
    emit(
      ("name", .string("load")), ("model", .string(try ModelFile(path: path).name)),
      ("file_mb", rounded(Double(size) / 1e6)), ("records_ms", rounded(1e3 * records.median)),
      ("weights_ms", rounded(1e3 * weights.median)), ("ms", rounded(1e3 * plan.median)),
      ("peak_rss_mb", .int(Measurement.peakMemory())))
  }
}
