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
    let localEach = design.localEach(images: images)
    let scratch = design.scratch(images: images)
    self.init(
      kernels: kernels, values: try AlignedBytes(count: 4 * design.layout.size * images),
      local: try AlignedBytes(count: 4 * localEach * design.localThreads(images: images)),
      localEach: localEach, scratch: try AlignedBytes(count: 4 * scratch.each * threads),
      scratchEach: scratch.each, shared: try AlignedBytes(count: 4 * scratch.shared))
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
