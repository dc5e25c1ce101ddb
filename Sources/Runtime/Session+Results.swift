public import FermFormat

/// What callers get of a run: logits and probabilities of models that have class scores, and every output by itself.
extension Session {
  /// The network's class scores.
  ///
  /// - Parameter input: any number of inputs `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, classes]`, all finite.
  /// - Throws: `value` when the input is not a whole number of images, `notFinite` when an image's logits are not finite,
  ///   `unsupported` for a model without class scores, whose outputs the sentence names.
  public func logits(_ input: [Float]) throws(FormatError) -> [Float] {
    let logits = try uncheckedLogits(input)
    if let scores = plan.scores, let found = fault(of: logits, output: scores, from: input) { throw found }
    return logits
  }

  /// The same, but an image without finite logits has them as they are, or NaN where its input is not finite: for callers
  /// that look at each row.
  ///
  /// - Throws: `value` when the input is not a whole number of images, `unsupported` for a model without class scores.
  public func uncheckedLogits(_ input: [Float]) throws(FormatError) -> [Float] {
    if let fault = plan.scoresFault { throw fault }
    return try uncheckedOutputs(input) { $0.isScores }.first ?? []
  }

  /// Every output of the network.
  ///
  /// - Parameters:
  ///   - input: any number of inputs `[N, C, H, W]`, preprocessed; ``inputs(_:)`` makes them of images.
  ///   - isWanted: which outputs; all unless something else is said.
  /// - Returns: for each wanted one of ``Plan/outputs``, in their order, the rows of the images: `[N, count]`, all finite.
  /// - Throws: `value` when the input is not a whole number of images, `notFinite` when an image's outputs are not finite,
  ///   `memory`.
  public func outputs(
    _ input: [Float], where isWanted: (PlanOutput) -> Bool = { _ in true }
  ) throws(FormatError) -> [[Float]] {
    let rows = try uncheckedOutputs(input, where: isWanted)
    for (rows, output) in zip(rows, plan.outputs.indices.filter { isWanted(plan.outputs[$0]) }) {
      if let found = fault(of: rows, output: output, from: input) { throw found }
    }
    return rows
  }

  /// The same, but rows that are not finite are as they are, or NaN where the input is not finite: for callers that look at
  /// each.
  ///
  /// - Throws: `value` when the input is not a whole number of images, `memory`.
  public func uncheckedOutputs(
    _ input: [Float], where isWanted: (PlanOutput) -> Bool = { _ in true }
  ) throws(FormatError) -> [[Float]] {
    let size = plan.inputSize
    guard input.count % size == 0 else {
      throw FormatError(
        .value,
        "The input has \(input.count) numbers, which is not a multiple of \(plan.preprocessing.inputShape.description)."
      )
    }
    let images = input.count / size
    let wanted = plan.outputs.indices.filter { isWanted(plan.outputs[$0]) }
    // One array after the other lends its memory, so all of them are one until the run is over.
    var starts = [Int?](repeating: nil, count: plan.outputs.count)
    var total = 0
    for output in wanted {
      starts[output] = total
      let (floats, isTooMany) = images.multipliedReportingOverflow(by: plan.outputs[output].count)
      guard !isTooMany, floats <= Int.max / 8 - total else { throw .noMemory }
      total += floats
    }
    try requireMemory(8 * total + 1 << 16)
    var rows = [Float](repeating: 0, count: total)
    // SAFETY: input holds that many images, and rows has room for a row of each in every wanted output.
    unsafe input.withUnsafeBufferPointer { input in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let from = input.baseAddress, let to = rows.baseAddress else { return }
        unsafe run(from, count: images) { output in unsafe starts[output].map { unsafe to + $0 } }
      }
    }
    guard wanted.count != 1 else { return [rows] }
    return wanted.map { output in
      let start = starts[output] ?? 0
      return Array(rows[start..<(start + images * plan.outputs[output].count)])
    }
  }

  /// One prediction for each 8-bit image, of any size.
  ///
  /// - Returns: for each image the probability of every class; each row sums to 1.
  /// - Throws: `notFinite` as ``logits(_:)``, `limit` or `memory` for an image that is too large.
  public func probabilities(_ images: [PixelImage]) throws(FormatError) -> [[Float]] {
    try probabilities(ofInputs: try inputs(images))
  }

  /// One prediction for each preprocessed input; see ``logits(_:)`` and ``inputs(_:)``.
  public func probabilities(ofInputs input: [Float]) throws(FormatError) -> [[Float]] {
    try logits(input).rows(of: plan.classes).map {
      softmax($0, temperature: plan.labels.temperature)
    }
  }
}

extension [Float] {
  /// Consecutive rows of `width` numbers.
  func rows(of width: Int) -> [[Float]] {
    Swift.stride(from: 0, to: count, by: width).map { Array(self[$0..<($0 + width)]) }
  }
}
