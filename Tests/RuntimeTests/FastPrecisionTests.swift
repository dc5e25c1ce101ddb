import FermFormat
import FermRuntime
import TestSupport
import Testing

/// Sessions that multiply narrow numbers: emulated on every machine, and by the processor where it can.
@Suite("The fast precision")
struct FastPrecisionTests {
  /// The instruction sets that have narrow products here.
  static let sets: [InstructionSet] = [.emulated, .avx512].filter { set in
    (try? Plan(Support.tinyModel().model, instructions: set))?.inEffect(.fast) == .fast
  }

  private func session(
    _ network: GoldenNetwork, _ instructions: InstructionSet, batch: Int, threads: Int,
    _ precision: Precision = .fast
  ) throws -> Session {
    try Session(
      try Plan(try network.model(), instructions: instructions), maxBatch: batch, threads: threads,
      precision: precision)
  }

  @Test("is what was asked for, and exact where the instruction set has no narrow products")
  func inEffect() throws {
    #expect(Self.sets.contains(.emulated))
    for instructions in InstructionSet.allCases + [.emulated] where instructions.isAvailable {
      let isFast = Self.sets.contains(instructions)
      let fast = try session(.types, instructions, batch: 2, threads: 1)
      let exact = try session(.types, instructions, batch: 2, threads: 1, .exact)
      #expect(fast.precision == (isFast ? .fast : .exact) && exact.precision == .exact)
      let input = GoldenNetwork.types.inputs(2)
      #expect(try (fast.logits(input) == exact.logits(input)) == !isFast)
    }
  }

  @Test("is off by at most a twentieth of the largest logit", arguments: GoldenNetwork.allCases, [1, 4])
  func error(network: GoldenNetwork, batch: Int) throws {
    let input = network.inputs(4)
    let exact = try session(network, .emulated, batch: batch, threads: 1, .exact).logits(input)
    let fast = try session(network, .emulated, batch: batch, threads: 1).logits(input)
    let gap = zip(fast, exact).reduce(0) { max($0, abs($1.0 - $1.1)) }
    let largest = exact.reduce(0) { max($0, abs($1)) }
    #expect(gap > 0 && gap < largest / 20, "\(gap) of \(largest)")
  }

  @Test(
    "has bits that depend neither on threads, nor on an image's place, nor on what else is in the batch",
    arguments: GoldenNetwork.allCases, 1...9)
  func determinism(network: GoldenNetwork, batch: Int) throws {
    let size = network.input.count
    let input = network.inputs(batch)
    let all = try session(network, .emulated, batch: batch, threads: 2).logits(input)
    // The emulation is slow, and the processor's products are held to its bits.
    for instructions in Self.sets where instructions != .emulated || batch < 4 {
      for threads in 1...3 {
        let session = try session(network, instructions, batch: batch, threads: threads)
        #expect(try session.logits(input) == all, "\(instructions), \(threads) threads")
        for image in Set([0, batch / 2, batch - 1]) {
          let alone = try session.logits(Array(input[image * size..<(image + 1) * size]))
          #expect(alone == Array(all[5 * image..<5 * (image + 1)]), "\(instructions), image \(image)")
        }
        let turned = (0..<batch).reversed().flatMap { input[$0 * size..<($0 + 1) * size] }
        let wanted = (0..<batch).reversed().flatMap { all[5 * $0..<5 * ($0 + 1)] }
        #expect(try session.logits(turned) == wanted, "\(instructions), the other way round")
      }
    }
  }

  @Test(
    "gives no label where exact gives none: for inputs that are not finite or outgrow fp32",
    arguments: GoldenNetwork.allCases, sets)
  func notFinite(network: GoldenNetwork, instructions: InstructionSet) throws {
    let size = network.input.count
    let images = network.inputs(5)
    func image(_ number: Int) -> ArraySlice<Float> { images[number * size..<(number + 1) * size] }
    var nan = Array(image(1))
    nan[size / 2] = -.nan
    var infinite = Array(image(2))
    infinite[size / 3] = .infinity
    let huge = image(3).map { 1e38 * $0 }
    let input = Array(image(0)) + nan + infinite + huge + image(4)
    for batch in [1, 5] {
      let fast = try session(network, instructions, batch: batch, threads: 2)
      let exact = try session(network, instructions, batch: batch, threads: 2, .exact)
      let (got, wanted) = (try fast.uncheckedLogits(input), try exact.uncheckedLogits(input))
      func areFinite(_ logits: [Float]) -> [Bool] {
        (0..<5).map { logits[5 * $0..<5 * ($0 + 1)].allSatisfy { $0.isFinite } }
      }
      // A clip brings back what outgrows fp32, but no NaN.
      #expect(areFinite(got) == [true, false, false, network == .second, true])
      #expect(areFinite(got) == areFinite(wanted))
      // The others do not feel it.
      #expect(Array(got[0..<5]) == (try fast.logits(Array(image(0)))))
      #expect(Array(got[20..<25]) == (try fast.logits(Array(image(4)))))
      #expect(throws: FormatError.self) { try fast.logits(input) }
    }
  }

  @Test("gives the biases' logits for an image of zeros, whose rows have no range", arguments: sets)
  func zeros(instructions: InstructionSet) throws {
    for network in GoldenNetwork.allCases {
      let input = [Float](repeating: 0, count: network.input.count)
      let fast = try session(network, instructions, batch: 1, threads: 1).logits(input)
      let exact = try session(network, instructions, batch: 1, threads: 1, .exact).logits(input)
      for (a, b) in zip(fast, exact) { #expect(abs(a - b) < 0.02 * exact.reduce(0.1) { max($0, abs($1)) }) }
    }
  }

  @Test("is not what self-tests are made or checked with", arguments: sets)
  func selfTests(instructions: InstructionSet) throws {
    let model = try GoldenNetwork.types.model().withSelfTests()
    let plan = try Plan(model, instructions: instructions)
    try plan.check(model.selfTests)
    // So closely that fast would not pass, and after a session that was fast.
    var strict = model.selfTests
    for i in strict.indices { strict[i].tolerance = 1e-5 * strict[i].logits.reduce(0) { max($0, abs($1)) } }
    let fast = try Session(plan, maxBatch: 1, threads: 1, precision: .fast)
    for test in strict {
      let image = try PixelImage(
        test.pixels, width: test.width, height: test.height, channels: test.channels)
      let logits = try fast.logits(try fast.inputs([image]))
      #expect(zip(logits, test.logits).contains { abs($0 - $1) > test.tolerance })
    }
    try plan.check(strict)
  }
}
