import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// The detector, and how its faces are cut for the model; opened when it is first asked.
///
/// Any number of threads may share one: each call has a detector of its own, and there are as many as calls at once.
final class FaceFinder: @unchecked Sendable {
  /// What is known once the file was read.
  private struct Kit {
    let plan: Plan
    let rule: CropRule
    /// Whether the rule is the model's own.
    let isOwn: Bool
  }

  let search: Search
  private let model: Plan
  private let file: FilePath?
  private let lock = Lock()
  // Both are guarded by `lock`.
  private var kit: Result<Kit, InputFailure>?
  private var idle: [Detector] = []

  /// - Parameters:
  ///   - model: for which faces are cut.
  ///   - file: the detector's; nil for the usual one.
  init(_ search: Search, for model: Plan, file: FilePath?) {
    self.search = search
    self.model = model
    self.file = file
  }

  /// Why no photo can be searched; reads the detector's file unless that was done.
  var failure: InputFailure? {
    do throws(InputFailure) { _ = try opened() } catch { return error }
    return nil
  }

  /// What is worth saying at the end.
  var notes: [String] {
    guard case .success(let kit) = lock.locked({ self.kit }), !kit.isOwn, search.pictures != .crops else {
      return []
    }
    return [
      "\(model.name.printable) does not say how faces of \(kit.plan.name.printable) are cut, so they were cut as usual; fer-train export --crop states it."
    ]
  }

  private func opened() throws(InputFailure) -> Kit {
    try lock.locked {
      if let kit { return kit }
      let new = Result { () throws(InputFailure) in try read() }
      kit = new
      return new
    }.get()
  }

  private func read() throws(InputFailure) -> Kit {
    guard let path = file ?? DetectorPlace.usual else {
      throw InputFailure(
        code: "no-detector",
        message:
          "There is no detector to search for faces with: make it with make detector, name its file with --detect FILE, or take each picture for a face with --crops."
      )
    }
    do throws(FormatError) {
      let plan = try Plan(try ModelFile(cPath: path.systemName ?? [0]), threads: 1)
      idle = [try Detector(plan, threads: 1)]
      let own = model.cropRule(for: plan.name)
      return Kit(plan: plan, rule: own ?? .usual(for: plan.name), isOwn: own != nil)
    } catch {
      throw InputFailure(
        code: "no-detector",
        message: "\(path.printable) is no detector that can be used: \(error.description.printable)")
    }
  }

  private func withDetector<T>(_ body: (Detector) throws(FormatError) -> T) throws(InputFailure) -> T {
    let kit = try opened()
    do throws(FormatError) {
      var detector = lock.locked { idle.popLast() }
      defer { if let detector { lock.locked { idle.append(detector) } } }
      let own: Detector
      if let detector { own = detector } else { own = try Detector(kit.plan, threads: 1) }
      detector = own
      return try body(own)
    } catch { throw InputFailure(error) }
  }

  /// How sure the detector is that a crop is a face, from 0 to 1.
  func score(of crop: Image) throws(InputFailure) -> Float {
    try withDetector { detector throws(FormatError) in
      try crop.withPixelImage { image throws(FormatError) in try detector.score(ofCrop: image) }
    }
  }

  /// The faces in a photo that are wanted, the surest first.
  func faces(in photo: Image) throws(InputFailure) -> [FoundFace] {
    let (across, down) = (
      Double(photo.fullWidth) / Double(photo.width), Double(photo.fullHeight) / Double(photo.height)
    )
    var options = DetectionOptions()
    options.smallestFace = Float((search.smallestFace ?? Search.small) / max(across, down))
    if let score = search.leastScore { options.minScore = Float(score) }
    let rule = try opened().rule
    let seen = try withDetector { [options] detector throws(FormatError) in
      try photo.withPixelImage { image throws(FormatError) in try detector.detect(image, options: options) }
    }
    var faces = seen.map { ($0, Box($0.box, across: across, down: down)) }
    if let smallest = search.smallestFace { faces.removeAll { $0.1.smallerSide < smallest } }
    let found = faces.enumerated().map { number, face in
      FoundFace(
        box: face.1, frame: rule.frame(of: face.0, margin: Float(search.margin)),
        mark: FaceMark(
          number: number, count: faces.count, score: face.0.score, isSmall: face.1.smallerSide < Search.small)
      )
    }
    switch search.selection {
    case .all: return found
    case .largest:
      let largest = found.max { ($0.box.area, $1.mark.number ?? 0) < ($1.box.area, $0.mark.number ?? 0) }
      return largest.map { [$0] } ?? []
    }
  }
}

extension Box {
  /// A box of a picture that was decoded smaller, in hundredths of the whole picture's pixels.
  fileprivate init(_ box: FaceBox, across: Double, down: Double) {
    func rounded(_ value: Float, _ scale: Double) -> Double { (Double(value) * scale * 100).rounded() / 100 }
    self.init(
      x: rounded(box.x, across), y: rounded(box.y, down), width: rounded(box.width, across),
      height: rounded(box.height, down))
  }

  fileprivate var smallerSide: Double { min(width, height) }
  fileprivate var area: Double { width * height }
}

extension Image {
  /// Shows the pixels to `body` where they are.
  func withPixelImage<T>(_ body: (PixelImage) throws(FormatError) -> T) throws(FormatError) -> T {
    try withPixelImage(PixelBox(left: 0, top: 0, right: width, bottom: height), body)
  }

  /// Shows a part of the pixels to `body` where they are.
  ///
  /// - Parameter part: lies in the image.
  func withPixelImage<T>(
    _ part: PixelBox, _ body: (PixelImage) throws(FormatError) -> T
  ) throws(FormatError) -> T {
    let offset = (part.top * width + part.left) * channels
    let result: Result<T, FormatError>? = pixels.withUnsafeBufferPointer { pixels in
      // SAFETY: the part lies in the image, and so do its rows.
      let view = PixelImage(
        pixels: UnsafeBufferPointer(rebasing: pixels[offset...]), width: part.right - part.left,
        height: part.bottom - part.top, channels: channels, stride: width * channels)
      return view.map { view in Result { () throws(FormatError) in try body(view) } }
    }
    guard let result else { throw FormatError(.value, "The face has no pixels: check its box.") }
    return try result.get()
  }
}
