internal import FermFormat

/// What a session of the C API needs beside the network's memory to predict from images.
///
/// All of it can be refused, and is taken before anything is computed.
final class PredictionMemory {
  /// Inputs of one pass, and one resized image.
  let inputs: AlignedBytes
  let resized: AlignedBytes
  /// For the resize of the largest image so far.
  private(set) var scratch: AlignedBytes
  /// For the largest picture so far that the runtime cannot see where it lies.
  private(set) var copy: AlignedBytes
  /// Rows of the longest call so far, which the caller gets when all of them are there.
  private(set) var results: AlignedBytes

  convenience init(_ session: Session) throws(FormatError) {
    let plan = session.plan
    self.init(
      inputs: try AlignedBytes(count: 4 * session.passImages * plan.inputSize),
      resized: try AlignedBytes(count: session.preprocessor.resizedBytes),
      scratch: try AlignedBytes(count: 0), copy: try AlignedBytes(count: 0),
      results: try AlignedBytes(count: 4 * session.passImages * plan.classes))
  }

  private init(
    inputs: AlignedBytes, resized: AlignedBytes, scratch: AlignedBytes, copy: AlignedBytes,
    results: AlignedBytes
  ) {
    self.inputs = inputs
    self.resized = resized
    self.scratch = scratch
    self.copy = copy
    self.results = results
  }

  /// Makes room for the images of a call.
  func grow(
    scratch scratchBytes: Int = 0, copy copyBytes: Int = 0, results resultBytes: Int = 0
  ) throws(FormatError) {
    if scratch.count < scratchBytes { scratch = try AlignedBytes(count: scratchBytes) }
    if copy.count < copyBytes { copy = try AlignedBytes(count: copyBytes) }
    if results.count < resultBytes { results = try AlignedBytes(count: resultBytes) }
  }
}
