import FermFiles
import FermFormat
import FermImage
import FermToolSupport

/// Why an input gives no prediction, as records tell it.
struct InputFailure: Error, Sendable {
  let code: String
  let message: String

  init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: ImageError) { self.init(code: error.code, message: error.description) }

  /// What the network or its preprocessing said of a face.
  init(_ error: FormatError) {
    self.init(code: error.code == .limit ? "too-large" : error.code.name, message: error.message)
  }
}

/// Where in a picture a face is, in pixels of the upright picture from its top left; need not be whole.
struct Box: Sendable {
  let x: Double
  let y: Double
  let width: Double
  let height: Double
  /// Whether the numbers are shares of the picture's sides instead.
  var isNormalised = false

  /// The box in pixels of a picture of this size.
  func inPixels(width: Int, height: Int) -> Box {
    guard isNormalised else { return self }
    let (across, down) = (Double(width), Double(height))
    return Box(x: x * across, y: y * down, width: self.width * across, height: self.height * down)
  }
}

/// One picture, or some of its faces: what one thread decodes at once.
struct Work: Sendable {
  /// No piece of work gives more faces, so that memory stays bounded.
  static let mostFaces = 64

  let path: FilePath
  /// A picture that was read already, or why it could not be.
  var content: Result<[UInt8], ImageError>?
  /// A frame that is no picture file.
  var planes: PlanarFrame?
  /// Which frame of a stream it is.
  var moment: FrameMoment?
  /// The folder whose listing gave it: then it is passed over if neither its name nor its content is an image's.
  var root: FilePath?
  /// The faces; nil for a picture that is a face. A row that cannot be used stands for its failure.
  var boxes: [Result<Box, InputFailure>]?
  /// Faces of a photo that an earlier piece found and left to this one.
  var found: [FoundFace]?
  /// What is already known to be wrong.
  var failure: InputFailure?
  /// Whether an earlier piece has other faces of the same picture.
  var continuesPicture = false

  var wasListed: Bool { root != nil }

  /// The records that it gives at least; how many faces a photo has is known when it was searched.
  var leastFaces: Int { max(boxes?.count ?? 1, 1) }
}

/// Where the pictures come from.
protocol InputSource {
  /// The next piece of work; nil at the end.
  mutating func next() -> Work?
  /// What is wrong with the inputs as a whole, to be said at the end, a sentence each.
  var complaints: [String] { get }
  /// What is worth saying, though nothing is wrong.
  var notes: [String] { get }
}

extension InputSource {
  var notes: [String] { [] }
}
