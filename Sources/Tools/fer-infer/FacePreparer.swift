import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import Glibc

/// Decodes a piece of work, finds its faces and cuts the network's inputs; any number of threads may share one.
struct FacePreparer: Sendable {
  let decoder: ImageDecoder
  let preprocessor: Preprocessor
  /// The crops of each face.
  let crops: [Crop]
  let finder: FaceFinder
  /// Whether to keep what the network sees.
  let keepsPictures: Bool
  /// Makes the faces' pictures for a sheet.
  let portraits: Preprocessor?
  let budget: MemoryBudget

  typealias Prepared = OrderedPipeline<Work, PreparedWork>.Result

  /// A photo is decoded smaller only as far as this many of its pixels remain for each of the network's, along each side.
  private static let detail = 4

  /// Bytes of one crop as the network sees it.
  var cropBytes: Int { 4 * preprocessor.recipe.inputShape.count }
  /// Bytes of a face on its way.
  var faceBytes: Int { crops.count * cropBytes + (portraits?.recipe.inputShape.count ?? 0) }

  /// Faces of one piece of work: fewer where their inputs would take much memory.
  var mostFaces: Int { max(1, min(Work.mostFaces, (64 << 20) / faceBytes)) }

  /// Does the work.
  func prepare(_ work: Work) -> Prepared {
    let started = threadSeconds()
    var prepared = PreparedWork(work)
    var rest: Work?
    if let failure = work.failure {
      prepared.faces = [PreparedFace(input: .failure(failure))]
    } else if work.boxes?.isEmpty == true {
      let failure = InputFailure(
        code: "no-box",
        message: "The boxes file has no row for this picture: add one, or leave the picture out.")
      prepared.faces = [PreparedFace(input: .failure(failure))]
    } else {
      do throws(ImageError) { rest = try decode(work, &prepared) } catch { fail(error, work, &prepared) }
    }
    prepared.isContinued = rest != nil
    prepared.seconds = threadSeconds() - started
    return Prepared(prepared, weight: max(prepared.faces.count, 1), rest: rest)
  }

  /// Decodes a picture and cuts its faces; gives what is left of them.
  private func decode(_ work: Work, _ prepared: inout PreparedWork) throws(ImageError) -> Work? {
    var isPhoto = false
    var opened: OpenedImage? = try open(work, &isPhoto)
    if let layout = work.planes?.layout {
      isPhoto = finder.search.isPhoto(width: layout.width, height: layout.height, for: preprocessor.recipe)
    }
    if work.boxes == nil { prepared.isPhoto = isPhoto }
    if isPhoto, let failure = finder.failure {
      prepared.faces = [PreparedFace(input: .failure(failure))]
      return nil
    }
    // Decoded pixels, and what turning copies of them.
    let bytes = 2 * (opened?.memory ?? work.planes.map { 3 * $0.layout.width * $0.layout.height } ?? 0)
    budget.take(bytes)
    defer { budget.give(bytes) }
    var image = work.planes?.image()
    if let opened { image = try opened.decode() }
    guard let image else { return nil }
    opened = nil  // and with it the file's bytes
    prepared.size = (image.fullWidth, image.fullHeight)
    if let boxes = work.boxes {
      prepared.faces = boxes.map { face($0, of: image) }
    } else if isPhoto {
      return cutPhoto(image, work, &prepared)
    } else {
      prepared.faces = [crop(image, &prepared)]
    }
    return nil
  }

  /// Opens a picture, and says whether it is to be searched for faces; nil for a frame that is no picture file.
  private func open(_ work: Work, _ isPhoto: inout Bool) throws(ImageError) -> OpenedImage? {
    guard work.planes == nil else { return nil }
    var isLarge = false
    let reduction = { (width: Int, height: Int) -> Int in
      isLarge = finder.search.isPhoto(width: width, height: height, for: preprocessor.recipe)
      return self.reduction(work, isPhoto: isLarge, width: width, height: height)
    }
    defer { isPhoto = isLarge && work.boxes == nil }
    guard let content = work.content else {
      return try decoder.open(path: work.path.bytes, largestReduction: reduction)
    }
    return try decoder.open(bytes: try content.get(), largestReduction: reduction)
  }

  private func reduction(_ work: Work, isPhoto: Bool, width: Int, height: Int) -> Int {
    let target = preprocessor.recipe.resized
    let wanted = Double(Self.detail * max(target.width, target.height))
    if let boxes = work.boxes {
      let sides = boxes.compactMap { box in (try? box.get()).map { min($0.width, $0.height) } }
      return Int(min((sides.min() ?? 1) / wanted, 8))
    }
    return Int(
      isPhoto ? min((finder.search.smallestFace ?? 1) / wanted, 8) : Double(min(width, height)) / wanted)
  }

  /// One failure for each face that was wanted, or nothing for what was never meant to be a picture.
  private func fail(_ error: ImageError, _ work: Work, _ prepared: inout PreparedWork) {
    let isPicture: Bool =
      switch error {
      case .decode, .tooLarge, .sideTooLong, .tooMuchMemory, .tooLong: true
      default: ImageName.isImage(work.path)
      }
    if work.wasListed && !isPicture {
      prepared.skipped = error.code
      return
    }
    prepared.isPhoto = nil
    let failure = FaceInput.failure(InputFailure(error))
    if let boxes = work.boxes {
      prepared.faces = boxes.map { box in
        switch box {
        case .success(let box): PreparedFace(box: box.isNormalised ? nil : box, input: failure)
        case .failure(let own): PreparedFace(input: .failure(own))
        }
      }
    } else if let found = work.found {
      prepared.faces = found.prefix(mostFaces).map {
        PreparedFace(box: $0.box, mark: $0.mark, input: failure)
      }
    } else {
      prepared.faces = [PreparedFace(input: failure)]
    }
  }
}

/// Processor time of the calling thread.
func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
