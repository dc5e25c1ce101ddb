public import FermFormat

extension Plan {
  /// All self-tests of a file take no more work together.
  private static let mostTestWork = 4 * ExecutionCost.mostWork

  /// Shows the network the images of the model's self-tests.
  ///
  /// Cost: a session for one image at a time, and a run for each test.
  /// - Throws: `work` for tests that would take minutes, `selfTest` when a logit is further from the expected one than the test allows.
  public func check(_ tests: [SelfTest]) throws(FormatError) {
    guard !tests.isEmpty else { return }
    let work = Int64(tests.count) * descriptions.reduce(0) { $0 + $1.work }
    guard work <= Self.mostTestWork else {
      throw FormatError(
        .work,
        "The \(tests.count) self-tests would take \(work >> 30) x 2^30 operations; at most \(Self.mostTestWork >> 30) x 2^30 are run."
      )
    }
    let session = try Session(self, maxBatch: 1, threads: 1)
    let memory = try PredictionMemory(session)
    for (number, test) in tests.enumerated() {
      // Logits that are not finite are further off than any tolerance.
      let logits = try session.logits(of: test, using: memory)
      for (i, (logit, expected)) in zip(logits, test.logits).enumerated() {
        guard abs(logit - expected) <= test.tolerance else {
          throw FormatError(
            .selfTest,
            "Self-test \(number + 1) gives another logit for \(labels.names[i]) than the file expects; its weights were changed, or this program computes wrongly."
          )
        }
      }
    }
  }
}

extension Model {
  /// The model with two self-tests, their logits computed by this runtime in plain C.
  ///
  /// The images are made up: small patterns in colour and grey that go through the whole preprocessing. A logit may be off
  /// by a thousandth of the largest.
  public func withSelfTests() throws(FormatError) -> Model {
    let session = try Session(try Plan(self, instructions: .portable), maxBatch: 1, threads: 1)
    let memory = try PredictionMemory(session)
    var copy = self
    copy.selfTests = []
    for (height, width, channels) in [(6, 8, 3), (7, 5, 1)] {
      var test = SelfTest(
        height: height, width: width, channels: channels,
        pixels: pattern(height * width * channels, period: width * channels), tolerance: 0, logits: [])
      test.logits = try session.logits(of: test, using: memory)
      if let fault = session.fault(in: memory) { throw fault }
      test.tolerance = 1e-3 * test.logits.reduce(1e-3) { max($0, abs($1)) }
      copy.selfTests.append(test)
    }
    return copy
  }
}

extension Session {
  fileprivate func logits(
    of test: SelfTest, using memory: PredictionMemory
  ) throws(FormatError) -> [Float] {
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
        try memory.grow(scratch: preprocessor.resizing(of: image).scratchBytes, results: 4 * plan.classes)
        try unsafe prepare(
          image, using: memory,
          into: UnsafeMutableBufferPointer(
            start: memory.inputs.floats, count: plan.inputSize))
      } catch { failure = error }
    }
    if let failure { throw failure }
    unsafe run(memory.inputs.floats, count: 1, into: memory.results.floats)
    return unsafe Array(UnsafeBufferPointer(start: memory.results.floats, count: plan.classes))
  }

  /// What is wrong with the one image that the memory was used for.
  fileprivate func fault(in memory: PredictionMemory) -> FormatError? {
    // SAFETY: the memory holds an input and a row of logits.
    unsafe fault(
      of: UnsafeBufferPointer(start: memory.results.floats, count: plan.classes),
      from: UnsafeBufferPointer(start: memory.inputs.floats, count: plan.inputSize))
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
