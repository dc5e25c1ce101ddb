internal import FermFormat
internal import FermKernels

/// A session's memory: all values of one run, each part's scratch, and the threads that share the work.
@safe final class Arena {
  let workers: Workers
  let isa: ferm_isa
  private let values: AlignedBytes
  private let scratchBytes: AlignedBytes

  init(floatsPerImage: Int, maxBatch: Int, workers: Workers, isa: ferm_isa) throws(FormatError) {
    self.workers = workers
    self.isa = isa
    values = try AlignedBytes(count: 4 * floatsPerImage * maxBatch)
    scratchBytes = try AlignedBytes(count: 4 * ferm_convolution_scratch() * workers.count)
  }

  /// A value's floats in a run of `images` images.
  func floats(_ place: Place, images: Int) -> UnsafeMutablePointer<Float> {
    // SAFETY: the planner keeps offset + count within floatsPerImage, and a run within maxBatch images.
    unsafe values.mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
      + place.offset * images
  }

  /// `workers.count` pieces of `ferm_convolution_scratch()` floats.
  var scratch: UnsafeMutablePointer<Float> {
    // SAFETY: AlignedBytes is never empty.
    unsafe scratchBytes.mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
  }

  /// Shares `count` equal items between the threads, as one contiguous range each.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    let parts = workers.count
    workers.forEach(parts) { part in body((count * part / parts)..<(count * (part + 1) / parts)) }
  }
}
