public import FermFormat

extension Plan {
  /// The most work that all self-tests of a file may take together.
  private static let mostTestWork = 4 * ExecutionCost.mostWork

  /// Shows the network the images of the model's self-tests.
  ///
  /// Cost: a session for one image at a time, and a run for each test.
  /// - Throws: `work` for tests that would take minutes, `selfTest` when a number of an output is further from the expected one than
  ///   the test allows.
  public func check(_ tests: [SelfTest]) throws(FormatError) {
    guard !tests.isEmpty else { return }
    let work = Int64(tests.count) * descriptions.reduce(0) { $0 + $1.work }
    guard work <= Self.mostTestWork else {
      throw FormatError(
        .work,
        "The \(tests.count) self-tests would take \(work >> 30) x 2^30 operations; at most \(Self.mostTestWork >> 30) x 2^30 are run."
      )
    }
    let run = try SelfTestRun(self)
    for (number, test) in tests.enumerated() {
      try run.show(test)
      // Numbers that are not finite are further off than any tolerance.
      guard let place = run.firstDifference(from: test) else { continue }
      throw FormatError(
        .selfTest,
        "Self-test \(number + 1) gives another \(words(for: place)) than the file expects; its weights were changed, or this program computes wrongly."
      )
    }
  }

  /// What an expected number of a self-test is.
  private func words(for place: Int) -> String {
    var start = 0
    for output in outputs {
      if place < start + output.count {
        return output.isScores
          ? "logit for \(labels.names[place - start])" : "number \(place - start) of \(output.name)"
      }
      start += output.count
    }
    return "number"
  }
}

extension Model {
  /// The model with two self-tests, what they expect computed by this runtime in plain C: the numbers of all outputs.
  ///
  /// The images are made up: small patterns in colour and grey that go through the whole preprocessing. A number may be off
  /// by a thousandth of the largest. There are fewer tests where so many numbers would not fit into a file.
  public func withSelfTests() throws(FormatError) -> Model {
    let run = try SelfTestRun(try Plan(self, instructions: .portable))
    var copy = self
    copy.selfTests = []
    for (height, width, channels) in [(6, 8, 3), (7, 5, 1)].prefix(Limits.recordBytes / (8 * run.count)) {
      var test = SelfTest(
        height: height, width: width, channels: channels,
        pixels: pattern(height * width * channels, period: width * channels), tolerance: 0, logits: [])
      try run.show(test)
      if let fault = run.fault { throw fault }
      test.logits = run.numbers
      test.tolerance = 1e-3 * test.logits.reduce(1e-3) { max($0, abs($1)) }
      copy.selfTests.append(test)
    }
    return copy
  }
}

/// A session that is shown the images of self-tests, one at a time.
private struct SelfTestRun {
  /// Numbers of all outputs.
  let count: Int
  private let session: Session
  private let memory: PredictionMemory

  init(_ plan: Plan) throws(FormatError) {
    count = plan.outputs.reduce(0) { $0 + $1.count }
    session = try Session(plan, maxBatch: 1, threads: 1)
    memory = try PredictionMemory(session)
    try memory.grow(results: 4 * count)
  }

  /// Runs the network on a test's image.
  func show(_ test: SelfTest) throws(FormatError) {
    var failure: FormatError?
    // SAFETY: the buffer is the array's own, for the time of the call; the memory has room for one input.
    unsafe test.pixels.withUnsafeBufferPointer { pixels in
      guard
        let image = unsafe PixelImage(
          pixels: pixels, width: test.width, height: test.height, channels: test.channels)
      else {
        failure = FormatError(
          .value, "The image of a self-test does not have as many pixels as its sides say.")
        return
      }
      do throws(FormatError) {
        try memory.grow(scratch: session.preprocessor.resizing(of: image).scratchBytes)
        try unsafe session.prepare(
          image, using: memory,
          into: UnsafeMutableBufferPointer(start: memory.inputs.floats, count: session.plan.inputSize))
      } catch { failure = error }
    }
    if let failure { throw failure }
    unsafe session.run(memory.inputs.floats, count: 1) { unsafe memory.results.floats + start(of: $0) }
  }

  /// What the network gave: all outputs, one after the other.
  var numbers: [Float] { unsafe Array(UnsafeBufferPointer(start: memory.results.floats, count: count)) }

  /// Which number is first too far from the expected one.
  func firstDifference(from test: SelfTest) -> Int? {
    // SAFETY: the memory holds `count` numbers.
    test.logits.indices.first { i in
      unsafe !(i < count && abs(memory.results.floats[i] - test.logits[i]) <= test.tolerance)
    }
  }

  /// What is wrong with the numbers.
  var fault: FormatError? {
    // SAFETY: the memory holds an input and a row of each output.
    let input = unsafe UnsafeBufferPointer(start: memory.inputs.floats, count: session.plan.inputSize)
    for (number, output) in session.plan.outputs.enumerated() {
      let row = unsafe UnsafeBufferPointer(
        start: memory.results.floats + start(of: number), count: output.count)
      if let fault = unsafe session.fault(of: row, output: number, from: input) { return fault }
    }
    return nil
  }

  private func start(of output: Int) -> Int {
    session.plan.outputs[..<output].reduce(0) { $0 + $1.count }
  }
}

/// Pixels with slopes, edges and noise, the same on every machine.
private func pattern(_ count: Int, period: Int) -> [UInt8] {
  var noise: UInt32 = 1
  return (0..<count).map { i in
    noise = noise &* 1_664_525 &+ 1_013_904_223
    let (row, column) = (i / period, i % period)
    let edge = (row / 4 + column / 5) % 2 == 0 ? 40 : 0
    return UInt8(truncatingIfNeeded: min(255, 90 + 6 * row + edge + Int(noise >> 27)))
  }
}
