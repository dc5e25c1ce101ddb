internal import FermFormat
internal import FermKernels

extension Session {
  /// What is wrong with the first image whose row of an output is not finite; nil when all are.
  ///
  /// - Parameters:
  ///   - rows: a row for each image.
  ///   - output: which of the plan's outputs.
  ///   - input: what the network was shown, image by image.
  ///   - first: the number of the first image, which errors count from.
  @unsafe func fault(
    of rows: UnsafeBufferPointer<Float>, output: Int, from input: UnsafeBufferPointer<Float>, first: Int = 0
  ) -> FormatError? {
    guard let place = unsafe rows.firstIndex(where: { !$0.isFinite }) else { return nil }
    let output = plan.outputs[output]
    let image = place / output.count
    let size = plan.inputSize
    // SAFETY: there is an input for each row.
    let seen = unsafe UnsafeBufferPointer(rebasing: input[(image * size)..<((image + 1) * size)])
    guard unsafe seen.baseAddress.map({ unsafe plan.kernels.table.pointee.all_finite($0, size) }) != 0 else {
      return FormatError(
        .notFinite, "The input of image \(first + image), counted from 0, holds numbers that are not finite.")
    }
    return FormatError(
      .notFinite,
      "The \(output.isScores ? "logits" : "numbers of \(output.name)") of image \(first + image), counted from 0, are not finite: the network's numbers outgrow fp32, as its weights or its preprocessing make them too large."
    )
  }

  /// The same for arrays.
  func fault(of rows: [Float], output: Int, from input: [Float]) -> FormatError? {
    // SAFETY: both arrays hold as many images, and lend their memory for the time of the call.
    unsafe input.withUnsafeBufferPointer { input in
      unsafe rows.withUnsafeBufferPointer { unsafe fault(of: $0, output: output, from: input) }
    }
  }
}
