public import FermFormat

/// Finds faces in photos with a model that has a detection among its outputs.
///
/// A detector belongs to one thread at a time, and owns the memory and threads of a ``Session``. A photo is looked at as a whole, and
/// where the smallest faces that are wanted would be too small for that, in overlapping windows too, of the photo and of half-size
/// copies of it. A network that runs on inputs of other sizes sees windows that are larger than its own input, as those overlap less;
/// another one looks at each of its own size. What is found depends neither on the number of threads nor on what was searched before.
///
/// Memory: beside the session's, the network's inputs and outputs for ``batch`` looks and some rows; for windows some tens of MiB, which
/// are kept; and, during a search in windows, a third of the photo's bytes. Cost: that of the network for the pixels of all windows,
/// which grows with the photo's.
///
/// ```swift
/// let detector = try Detector(try Plan(path: "models/face.ferm"))
/// let photo = [UInt8](repeating: 128, count: 3 * 640 * 480)
/// let faces = try detector.detect(PixelImage(photo, width: 640, height: 480, channels: 3))
/// for face in faces { print(face.box, face.score) }
/// ```
public final class Detector {
  /// Looks of one pass of the network, at most.
  public static let batch = 8
  /// A box with a smaller share of the score of the photo's surest face is none: where people are seen well, what looks a little
  /// like a face is cloth or leaves.
  static let leastOfSurest: Float = 0.8
  /// A photo whose windows have as many pixels as so many inputs of the model's own size is refused.
  static let mostLooks = 1 << 17

  /// The model. Its name is the one that crop rules give the detector.
  public var plan: Plan { network.session.plan }
  /// Key points of each face.
  public var keyPoints: Int { network.decoder.keyPoints }

  /// Of the model's own size.
  private let network: DetectorNetwork
  private let sizes: WindowSizes
  private var windows = WindowNetworks()
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
    let network = try DetectorNetwork(session)
    self.init(network, candidates: try Candidates(keyPoints: network.decoder.keyPoints))
  }

  private init(_ network: DetectorNetwork, candidates: Candidates) {
    self.network = network
    self.candidates = candidates
    sizes = WindowSizes(network.session.plan)
  }

  /// The faces in a photo, those of the highest scores first; none that is much less sure than the first,
  /// unless the options ask for less than ``DetectionOptions/usualMinScore``.
  ///
  /// - Throws: `value` for options out of range, `limit` for a photo that would take too many looks, `notFinite` where the network's
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
    let preprocessor = network.session.preprocessor
    let search = try PhotoSearch(
      photo, plan: plan, sizes: sizes, preprocessor: preprocessor, smallestFace: smallestFace)
    let whole = search.whole(preprocessor)
    try network.prepare(whole, as: 0, by: preprocessor)
    try network.run(1)
    network.read(0, as: whole, from: least, into: &candidates)
    for grid in search.grids {
      let network = try windows.network(grid.input, of: sizes, for: network)
      let filling = network.filling
      for first in stride(from: 0, to: grid.count, by: network.views) {
        let views = min(network.views, grid.count - first)
        for i in 0..<views {
          try network.prepare(search.window(first + i, of: grid, filling.recipe), as: i, by: filling)
        }
        try network.run(views)
        for i in 0..<views {
          network.read(
            i, as: search.window(first + i, of: grid, filling.recipe), from: least, into: &candidates)
        }
      }
    }
  }
}
