internal import FermFormat

/// What a detector needs beside the network's memory.
final class DetectorMemory {
  /// How many tiles there is room for.
  let images: Int
  private let inputs: AlignedBytes
  private let rows: AlignedBytes
  private let resized: AlignedBytes
  /// For the resize of the largest view so far.
  private var scratch: AlignedBytes
  private let inputSize: Int
  private let rowCount: Int

  convenience init(_ session: Session, rowCount: Int) throws(FormatError) {
    let images = min(session.passImages, Detector.batch)
    let inputSize = session.plan.inputSize
    self.init(
      images: images, inputSize: inputSize, rowCount: rowCount,
      inputs: try AlignedBytes(count: 4 * images * inputSize),
      rows: try AlignedBytes(count: 4 * images * rowCount),
      resized: try AlignedBytes(count: session.preprocessor.resizedBytes),
      scratch: try AlignedBytes(count: 0))
  }

  private init(
    images: Int, inputSize: Int, rowCount: Int, inputs: AlignedBytes, rows: AlignedBytes,
    resized: AlignedBytes, scratch: AlignedBytes
  ) {
    (self.images, self.inputSize, self.rowCount) = (images, inputSize, rowCount)
    (self.inputs, self.rows, self.resized, self.scratch) = (inputs, rows, resized, scratch)
  }

  /// The input of an image, and of those after it.
  func input(_ image: Int) -> UnsafeMutablePointer<Float> { unsafe inputs.floats + image * inputSize }

  /// The network's numbers for an image, and for those after it.
  func row(_ image: Int) -> UnsafeMutablePointer<Float> { unsafe rows.floats + image * rowCount }

  /// Makes an image the network's input of that number.
  func prepare(
    _ image: PixelImage, as number: Int, by preprocessor: Preprocessor
  ) throws(FormatError) {
    let resizing = try preprocessor.resizing(of: image)
    if scratch.count < resizing.scratchBytes { scratch = try AlignedBytes(count: resizing.scratchBytes) }
    // SAFETY: the memory was made for the preprocessor's result and has room for as many inputs.
    let pixels = unsafe resized.mutableBytes.assumingMemoryBound(to: UInt8.self)
    guard let start = pixels.baseAddress else { return }
    unsafe resizing.run(scratch, into: start)
    unsafe preprocessor.write(
      UnsafeBufferPointer(pixels), channels: preprocessor.resizedChannels, .centre(of: preprocessor.recipe),
      to: UnsafeMutableBufferPointer(start: input(number), count: inputSize))
  }
}
