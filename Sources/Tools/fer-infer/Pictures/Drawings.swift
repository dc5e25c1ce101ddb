import FermDrawing
import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// What a run draws: copies of its photos, a sheet of its faces.
final class Drawings {
  private let copies: AnnotatedCopies?
  private let sheet: FaceSheet?
  private let labels: [String]
  /// The photo whose faces are coming.
  private var photo: (photo: AnnotatedPhoto, isSearchedInVain: Bool)?

  /// Loads what draws, begins the folder of the copies and the sheet; nil for a run that draws nothing.
  ///
  /// - Parameter budget: what decoding shares.
  init?(_ options: InferOptions, _ destination: Destination, _ session: Session, _ budget: MemoryBudget)
    throws
  {
    guard options.annotate != nil || destination.sheet != nil else { return nil }
    let annotator = try Annotator()
    labels = session.plan.labels.names
    if destination.sheet != nil, labels.isEmpty {
      throw UsageError("--sheet goes by labels, and the model \(session.plan.name.printable) has none.")
    }
    sheet = destination.sheet.map { [labels] in FaceSheet($0, labels: labels) }
    copies = try options.annotate.map { folder in
      try AnnotatedCopies(
        folder, unlike: options.paths, annotator: annotator, decoder: options.decoder, budget: budget,
        threads: session.threads)
    }
  }

  /// Takes note of a piece of work, the records of which come next.
  func begin(_ work: PreparedWork) {
    guard copies != nil, !work.continuesPicture else { return }
    flush()
    // A crop has no box, and of what was not decoded there is no copy.
    guard work.isPhoto != false, work.size != nil else { return }
    photo = (AnnotatedPhoto(path: work.path, content: work.content, root: work.root), false)
  }

  /// Takes note of a record.
  ///
  /// - Parameter portrait: the face, where it goes on the sheet.
  func add(_ record: Record, portrait: Image?) {
    var prediction: Prediction?
    switch record.result {
    case .success(.face(let found)): prediction = found
    case .success(.noFace): photo?.isSearchedInVain = true
    case .failure: break
    }
    if let prediction, let portrait {
      sheet?.add(portrait, prediction, path: record.path, mark: record.mark)
    }
    guard photo != nil, let box = record.box else { return }
    let best = prediction?.best
    photo?.photo.faces.append(
      AnnotatedFace(
        box: Rectangle(x: box.x, y: box.y, width: box.width, height: box.height),
        label: best.map { labels[$0] },
        place: best, score: best.flatMap { prediction?.probabilities[$0] }, isSmall: record.mark.isSmall))
  }

  /// Waits for the copies; gives what is to be said of those that could not be made.
  func finishCopies() -> String? {
    flush()
    return copies?.finish()
  }

  /// Lets the sheet appear, or not; gives what is to be said of it and of copies.
  ///
  /// - Parameter isWhole: whether the run did all that it was to.
  func finish(isWhole: Bool) throws(FileError) -> [String] {
    let remark = copies.flatMap { $0.isUnused ? $0.unusedRemark : nil }
    guard let sheet else { return [remark].compactMap { $0 } }
    let words =
      isWhole
      ? try sheet.finish() : "\(sheet.file.path.printable) was not written, as the run is not whole."
    return [remark, words].compactMap { $0 }
  }

  private func flush() {
    if let (photo, isSearchedInVain) = photo, isSearchedInVain || !photo.faces.isEmpty { copies?.add(photo) }
    photo = nil
  }
}
