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
  /// Rows of the longest call so far, which the caller gets when all of them are there.
  private(set) var results: AlignedBytes

  convenience init(_ session: Session) throws(FormatError) {
    let plan = session.plan
    self.init(
      inputs: try AlignedBytes(count: 4 * session.passImages * plan.inputSize),
      resized: try AlignedBytes(count: session.preprocessor.resizedBytes),
      scratch: try AlignedBytes(count: 0),
      results: try AlignedBytes(count: 4 * session.passImages * plan.classes))
  }

  private init(inputs: AlignedBytes, resized: AlignedBytes, scratch: AlignedBytes, results: AlignedBytes) {
    self.inputs = inputs
    self.resized = resized
    self.scratch = scratch
    self.results = results
  }

  /// Makes room for the images of a call.
  func grow(scratch scratchBytes: Int, results resultBytes: Int) throws(FormatError) {
    if scratch.count < scratchBytes { scratch = try AlignedBytes(count: scratchBytes) }
    if results.count < resultBytes { results = try AlignedBytes(count: resultBytes) }
  }
}
