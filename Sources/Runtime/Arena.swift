internal import FermFormat
internal import FermKernels

/// A session's memory: all values of one run, scratch, and the threads that share the work.
@safe final class Arena {
  let workers: Workers
  let kernels: KernelTable
  /// The caller's input of the run in progress.
  var input: UnsafePointer<Float>?
  private let values: AlignedBytes
  private let scratchBytes: AlignedBytes
  private let sharedBytes: AlignedBytes

  /// - Parameters:
  ///   - scratch: floats for each thread.
  ///   - shared: floats for all of them together.
  init(
    floatsPerImage: Int, maxBatch: Int, scratch: Int, shared: Int, workers: Workers, kernels: KernelTable
  ) throws(FormatError) {
    self.workers = workers
    self.kernels = kernels
    values = try AlignedBytes(count: 4 * floatsPerImage * maxBatch)
    scratchBytes = try AlignedBytes(count: 4 * scratch * workers.count)
    sharedBytes = try AlignedBytes(count: 4 * shared)
  }

  /// A value's floats in a run of `images` images.
  func floats(_ place: Place, images: Int) -> UnsafeMutablePointer<Float> {
    // SAFETY: the planner keeps offset + stride within floatsPerImage, and a run within maxBatch images.
    unsafe values.floats + place.offset * images
  }

  /// A value that is only read: one of the network's, or the caller's input.
  func source(_ place: Place, images: Int) -> UnsafePointer<Float> {
    // SAFETY: a planar place is the caller's input, which is set for as long as a run lasts.
    place.isPlanar ? unsafe input.unsafelyUnwrapped : unsafe UnsafePointer(floats(place, images: images))
  }

  /// Scratch of all threads, one after the other.
  var scratch: UnsafeMutablePointer<Float> { unsafe scratchBytes.floats }
  /// Scratch that the threads share.
  var shared: UnsafeMutablePointer<Float> { unsafe sharedBytes.floats }

  /// Calls `body` once for each thread, with its number.
  func onEachThread(_ body: (Int) -> Void) { workers.forEach(workers.count, body) }

  /// Shares `count` equal items between the threads, as one contiguous range each.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    let parts = workers.count
    workers.forEach(parts) { part in body((count * part / parts)..<(count * (part + 1) / parts)) }
  }
}

extension AlignedBytes {
  /// The memory as floats.
  var floats: UnsafeMutablePointer<Float> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
  }

  /// A copy of floats, followed by zeros up to `count` of them.
  convenience init(_ floats: [Float], count: Int) throws(FormatError) {
    try self.init(count: 4 * count)
    for (i, value) in floats.enumerated() { unsafe self.floats[i] = value }
  }

  /// A copy of 32-bit integers.
  convenience init(_ integers: [Int32]) throws(FormatError) {
    try self.init(count: 4 * integers.count)
    for (i, value) in integers.enumerated() {
      unsafe mutableBytes.storeBytes(of: value, toByteOffset: 4 * i, as: Int32.self)
    }
  }
}
