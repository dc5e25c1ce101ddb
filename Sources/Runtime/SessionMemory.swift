internal import FermFormat

/// A session's memory.
@safe final class SessionMemory {
  let kernels: KernelTable
  /// Values of a whole batch.
  let values: AlignedBytes
  /// Values of the images that the threads work on.
  let local: AlignedBytes
  /// Floats of `local` and of `scratch` for each thread.
  let localEach: Int
  let scratchEach: Int
  let scratch: AlignedBytes
  /// Scratch that all threads share.
  let shared: AlignedBytes

  convenience init(_ design: SessionDesign, kernels: KernelTable, threads: Int) throws(FormatError) {
    let images = design.images
    // The design allows no more than an Int holds.
    let (localEach, values) = (Int(design.localEach(images: images)), Int(design.layout.size))
    let scratch = design.scratch(images: images)
    let (each, shared) = (Int(scratch.each), Int(scratch.shared))
    self.init(
      kernels: kernels, values: try AlignedBytes(count: 4 * values * images),
      local: try AlignedBytes(count: 4 * localEach * design.localThreads(images: images)),
      localEach: localEach, scratch: try AlignedBytes(count: 4 * each * threads),
      scratchEach: each, shared: try AlignedBytes(count: 4 * shared))
  }

  private init(
    kernels: KernelTable, values: AlignedBytes, local: AlignedBytes, localEach: Int, scratch: AlignedBytes,
    scratchEach: Int, shared: AlignedBytes
  ) {
    self.kernels = kernels
    self.values = values
    self.local = local
    self.localEach = localEach
    self.scratch = scratch
    self.scratchEach = scratchEach
    self.shared = shared
  }
}
