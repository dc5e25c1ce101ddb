internal import FermFormat
internal import FermKernels

extension Session {
  /// What is wrong with the first image whose logits are not finite; nil when all are.
  ///
  /// - Parameters:
  ///   - logits: a row for each image.
  ///   - input: what the network was shown, image by image.
  ///   - first: the number of the first image, which errors count from.
  @unsafe func fault(
    of logits: UnsafeBufferPointer<Float>, from input: UnsafeBufferPointer<Float>, first: Int = 0
  ) -> FormatError? {
    guard let place = unsafe logits.firstIndex(where: { !$0.isFinite }) else { return nil }
    let image = place / plan.classes
    let size = plan.inputSize
    // SAFETY: there is an input for each row of logits.
    let seen = unsafe UnsafeBufferPointer(rebasing: input[(image * size)..<((image + 1) * size)])
    guard unsafe seen.baseAddress.map({ unsafe plan.kernels.table.pointee.all_finite($0, size) }) != 0 else {
      return FormatError(
        .notFinite, "The input of image \(first + image), counted from 0, holds numbers that are not finite.")
    }
    return FormatError(
      .notFinite,
      "The logits of image \(first + image), counted from 0, are not finite: the network's numbers outgrow fp32, as its weights or its preprocessing make them too large."
    )
  }
}
