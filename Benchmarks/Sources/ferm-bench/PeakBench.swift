import FermRuntime
import FermToolSupport
import MachinePeak

/// The machine's own ceilings: multiply-adds in registers, and reading memory.
struct PeakBench {
  let threads: Int

  init(_ arguments: Arguments) throws(UsageError) {
    threads = try arguments.integer("--threads", in: 0...256) ?? 0
  }

  func run() throws {
    let workers = try Workers(count: threads)
    let bytes = 256 << 20
    let floats = [Float](repeating: 1, count: bytes / 4)
    let parts = workers.count
    let reading = Measurement(repeats: 9) {
      workers.forEach(parts) { part in
        floats.withUnsafeBufferPointer { all in
          let piece = all[(all.count * part / parts)..<(all.count * (part + 1) / parts)]
          _ = machine_peak_read(UnsafeBufferPointer(rebasing: piece).baseAddress, piece.count)
        }
      }
    }
    emit(
      ("name", .string("peak")), ("threads", .int(parts)),
      ("instructions", .string(String(cString: machine_peak_instructions()))),
      ("gflops", rounded(Self.gflops(workers))),
      ("read_gb_per_s", rounded(Double(bytes) / reading.median / 1e9)))
  }

  /// GFLOP/s of all threads together: the best of several short bursts, as a ceiling is no average.
  static func gflops(_ workers: Workers) -> Double {
    let rounds = 1 << 20
    let operations = machine_peak_compute(rounds) * Double(workers.count)
    let bursts = Measurement(repeats: 15) {
      workers.forEach(workers.count) { _ in _ = machine_peak_compute(rounds) }
    }
    return operations / bursts.seconds[0] / 1e9
  }
}
