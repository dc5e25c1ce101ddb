public import FermFormat

/// Finds faces in photos with a model that has a detection among its outputs.
///
/// A detector belongs to one thread at a time, and owns the memory and threads of a ``Session``. A photo is looked at as a whole, and
/// where the smallest faces that are wanted would be too small for that, in overlapping tiles too, of the photo and of half-size
/// copies of it. What is found depends neither on the number of threads nor on what was searched before.
///
/// Memory: beside the session's, the network's inputs and outputs for ``batch`` tiles and some rows, and, during a search in tiles, a
/// third of the photo's bytes. Cost: one run of the network for a tile; their number grows with the photo's pixels.
///
/// ```swift
/// let detector = try Detector(try Plan(path: "models/face.ferm"))
/// let photo = [UInt8](repeating: 128, count: 3 * 640 * 480)
/// let faces = try detector.detect(PixelImage(photo, width: 640, height: 480, channels: 3))
/// for face in faces { print(face.box, face.score) }
/// ```
public final class Detector {
  /// Tiles of one pass of the network, at most.
  public static let batch = 8
  /// A box with a smaller share of the score of the photo's surest face is none: where people are seen well, what looks a little
  /// like a face is cloth or leaves.
  static let leastOfSurest: Float = 0.8
  /// A photo that would take more tiles is refused.
  static let mostTiles = 1 << 17

  /// The model. Its name is the one that crop rules give the detector.
  public var plan: Plan { session.plan }
  /// Key points of each face.
  public var keyPoints: Int { decoder.keyPoints }

  private let session: Session
  private let decoder: BoxDecoder
  private let memory: DetectorMemory
  private(set) var candidates: Candidates

  /// Takes the memory for a detector.
  ///
  /// - Parameters:
  ///   - plan: the detector's model.
  ///   - threads: 0 for as many as this process may use processors.
  ///   - precision: as a ``Session`` has it.
  /// - Throws: `unsupported` for a model that has no detection among its outputs, `memory`.
  public convenience init(
    _ plan: Plan, threads: Int = 0, precision: Precision = .exact
  ) throws(FormatError) {
    _ = try BoxDecoder(plan)
    try self.init(
      sharing: Session(plan, maxBatch: Self.batch, threads: threads, precision: precision))
  }

  /// A detector that runs a session which others use too, at other times.
  convenience init(sharing session: Session) throws(FormatError) {
    let decoder = try BoxDecoder(session.plan)
    self.init(
      session: session, decoder: decoder, memory: try DetectorMemory(session, rowCount: decoder.count),
      candidates: try Candidates(keyPoints: decoder.keyPoints))
  }

  private init(session: Session, decoder: BoxDecoder, memory: DetectorMemory, candidates: Candidates) {
    self.session = session
    self.decoder = decoder
    self.memory = memory
    self.candidates = candidates
  }

  /// The faces in a photo, those of the highest scores first; none that is much less sure than the first,
  /// unless the options ask for less than ``DetectionOptions/usualMinScore``.
  ///
  /// - Throws: `value` for options out of range, `limit` for a photo that would take too many tiles, `notFinite` where the network's
  ///   numbers are not finite, `memory`.
  public func detect(
    _ photo: PixelImage, options: DetectionOptions = DetectionOptions()
  ) throws(FormatError) -> [DetectedFace] {
    if let fault = options.fault { throw fault }
    try look(at: photo, smallestFace: options.smallestFace, from: LeastScore(options.minScore))
    let faces = try candidates.faces(options)
    // Who asks for less than the usual score wants to see what else there might be.
    return options.minScore < DetectionOptions.usualMinScore ? faces : Self.credible(faces)
  }

  /// Those faces, the surest first, that are about as sure as it.
  static func credible(_ faces: [DetectedFace]) -> [DetectedFace] {
    let least = leastOfSurest * (faces.first?.score ?? 0)
    return Array(faces.prefix { $0.score >= least })
  }

  /// Fills the candidates with the boxes of a photo.
  func look(at photo: PixelImage, smallestFace: Float, from least: LeastScore) throws(FormatError) {
    candidates.clear()
    let search = try PhotoSearch(
      photo, plan: plan, preprocessor: session.preprocessor, smallestFace: smallestFace)
    for first in stride(from: 0, to: search.views, by: memory.images) {
      let images = min(memory.images, search.views - first)
      for i in 0..<images {
        try memory.prepare(search.view(first + i).image, as: i, by: session.preprocessor)
      }
      try run(images)
      for i in 0..<images {
        let view = search.view(first + i)
        unsafe decoder.read(memory.row(i), of: view.place, in: view.area, from: least, into: &candidates)
      }
    }
  }

  /// Runs the network on the inputs in the memory.
  private func run(_ images: Int) throws(FormatError) {
    let (output, input, rows) = unsafe (decoder.output, memory.input(0), memory.row(0))
    unsafe session.run(input, count: images) { unsafe $0 == output ? rows : nil }
    // SAFETY: the memory holds as many inputs and rows.
    let fault = unsafe session.fault(
      of: UnsafeBufferPointer(start: rows, count: images * decoder.count), output: output,
      from: UnsafeBufferPointer(start: input, count: images * plan.inputSize))
    if fault != nil {
      throw FormatError(
        .notFinite,
        "The detector \(plan.name) gives numbers that are not finite: they outgrow fp32, as its weights or its preprocessing make them too large."
      )
    }
  }
}
