import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

/// Each test has a process of its own: what others hold meanwhile must not count.
@Suite("Memory")
struct MemoryTests {
  @Test("forty forward passes that nobody goes back over leave memory flat")
  func forwardAlone() async {
    await #expect(processExitsWith: .success) {
      let network = SmallVGG(classes: 7, width: 0.5, seed: 0)
      try Memory.requireFlat { tape, x in _ = network(tape.input(x)) }
    }
  }

  @Test("so do those of a network from a file")
  func graph() async {
    await #expect(processExitsWith: .success) {
      let network = try GraphNetwork(try Support.tinyModel(width: 0.5).model)
      try Memory.requireFlat { tape, x in _ = network(tape.input(x)) }
    }
  }

  @Test("so do those that an error ends half-way")
  func errors() async {
    await #expect(processExitsWith: .success) {
      struct Halfway: Error {}
      var make = ParameterMaker(seed: 0)
      let trunk = ConvolutionTrunk(&make, channels: 1, widths: [32, 64], dropout: 0.1)
      func pass(_ tape: Tape, _ x: Tensor) throws {
        let features = trunk(tape.input(x, needsGradient: true))
        // Always, which the compiler need not know.
        if features.shape[0] > 0 { throw Halfway() }
        tape.backward(from: features)
      }
      try Memory.requireFlat { tape, x in
        do { try pass(tape, x) } catch is Halfway {}
      }
    }
  }

  @Test("and so do those that are gone back over")
  func backward() async {
    await #expect(processExitsWith: .success) {
      let network = SmallVGG(classes: 7, width: 0.5, seed: 0)
      try Memory.requireFlat { tape, x in
        for parameter in network.parameters { parameter.clearGradient() }
        tape.backward(from: network(tape.input(x)).crossEntropy([Int](repeating: 3, count: x.shape[0])))
      }
    }
  }
}

private enum Memory {
  struct Grown: Error {}

  /// Bytes of memory that this process has at the moment.
  static func resident() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(pages[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Throws when forty passes take more memory than four did, by more than one of them needs for its values.
  static func requireFlat(_ pass: (Tape, Tensor) throws -> Void) throws {
    let workers = try Workers(count: 2)
    let x = Tensor(Support.numbers(16 * 44 * 44, seed: 1), shape: Shape(16, 1, 44, 44))
    // One pool for all, as in training: the address sanitizer keeps what goes back to the system for a while.
    let pool = BufferPool()
    func run(_ passes: Int) throws {
      for seed in 0..<passes {
        try pass(Tape(.training, workers: workers, pool: pool, seed: UInt64(seed)), x)
      }
    }
    try run(4)
    let before = try resident()
    try run(36)
    let after = try resident()
    guard after - before < 12 << 20 else { throw Grown() }
  }
}
