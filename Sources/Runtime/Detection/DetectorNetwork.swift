internal import FermFormat

/// A detector's network for inputs of one size, with what a run takes.
final class DetectorNetwork {
  let session: Session
  let decoder: BoxDecoder
  /// The most views of a pass.
  let views: Int
  /// How a part of a photo becomes an input that shows all of it.
  let filling: Preprocessor
  private let inputs: AlignedBytes
  private let rows: AlignedBytes
  private let resized: AlignedBytes
  /// For the resize of the largest view so far.
  private var scratch: AlignedBytes

  /// Pixels of an input.
  var size: Extent { session.plan.preprocessing.cropped }

  /// - Throws: `unsupported` for a model that has no detection among its outputs, `memory`.
  convenience init(_ session: Session) throws(FormatError) {
    let decoder = try BoxDecoder(session.plan)
    let views = min(session.passImages, Detector.batch)
    var recipe = session.plan.preprocessing
    recipe.resized = recipe.cropped
    self.init(
      session, decoder, views: views, filling: Preprocessor(recipe, kernels: session.plan.kernels),
      inputs: try AlignedBytes(count: 4 * views * session.plan.inputSize),
      rows: try AlignedBytes(count: 4 * views * decoder.count),
      resized: try AlignedBytes(count: session.preprocessor.resizedBytes),
      scratch: try AlignedBytes(count: 0))
  }

  private init(
    _ session: Session, _ decoder: BoxDecoder, views: Int, filling: Preprocessor, inputs: AlignedBytes,
    rows: AlignedBytes, resized: AlignedBytes, scratch: AlignedBytes
  ) {
    (self.session, self.decoder, self.views, self.filling) = (session, decoder, views, filling)
    (self.inputs, self.rows, self.resized, self.scratch) = (inputs, rows, resized, scratch)
  }

  /// Makes a view the input of that number.
  ///
  /// - Parameter preprocessor: the session's, or ``filling``.
  func prepare(
    _ view: DetectionView, as number: Int, by preprocessor: Preprocessor
  ) throws(FormatError) {
    let resizing = try preprocessor.resizing(of: view.image, part: view.part)
    if scratch.count < resizing.scratchBytes { scratch = try AlignedBytes(count: resizing.scratchBytes) }
    // SAFETY: the memory was made for the larger of both preprocessors' results and has room for as many inputs.
    let pixels = unsafe resized.mutableBytes.assumingMemoryBound(to: UInt8.self)
    guard let start = pixels.baseAddress else { return }
    unsafe resizing.run(scratch, with: preprocessor.kernels, into: start)
    let inputSize = session.plan.inputSize
    unsafe preprocessor.write(
      UnsafeBufferPointer(pixels), channels: preprocessor.resizedChannels, .centre(of: preprocessor.recipe),
      to: UnsafeMutableBufferPointer(start: inputs.floats + number * inputSize, count: inputSize))
  }

  /// Runs the network on the first inputs.
  ///
  /// - Throws: `notFinite` where its numbers are not finite.
  func run(_ views: Int) throws(FormatError) {
    let (output, input, rows) = unsafe (decoder.output, inputs.floats, rows.floats)
    unsafe session.run(input, count: views) { unsafe $0 == output ? rows : nil }
    // SAFETY: the memory holds as many inputs and rows.
    let fault = unsafe session.fault(
      of: UnsafeBufferPointer(start: rows, count: views * decoder.count), output: output,
      from: UnsafeBufferPointer(start: input, count: views * session.plan.inputSize))
    if fault != nil {
      throw FormatError(
        .notFinite,
        "The detector \(session.plan.name) gives numbers that are not finite: they outgrow fp32, as its weights or its preprocessing make them too large."
      )
    }
  }

  /// Adds the boxes that the last run gave for the input of that number, which was the view.
  func read(
    _ number: Int, as view: DetectionView, from least: LeastScore, into candidates: inout Candidates
  ) {
    unsafe decoder.read(
      rows.floats + number * decoder.count, of: view.place, in: view.area, from: least, into: &candidates)
  }
}
