import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import Glibc

/// Decodes a piece of work and cuts the network's inputs; any number of threads may share one.
struct FacePreparer: Sendable {
  let decoder: ImageDecoder
  let preprocessor: Preprocessor
  /// The crops of each face.
  let crops: [Crop]
  let dump: InputDump?
  let budget: MemoryBudget

  /// A photo is decoded smaller only as far as this many of its pixels remain for each of the network's, along each side.
  private static let detail = 4

  /// Bytes of one crop as the network sees it.
  var cropBytes: Int { 4 * preprocessor.recipe.inputShape.count }

  /// Faces of one piece of work: fewer where their inputs would take much memory.
  var mostFaces: Int { max(1, min(Work.mostFaces, (64 << 20) / (crops.count * cropBytes))) }

  /// Does the work.
  func prepare(_ work: Work) -> PreparedWork {
    let started = threadSeconds()
    var prepared = PreparedWork(work)
    if let failure = work.failure {
      prepared.faces = [PreparedFace(box: nil, input: .failure(failure))]
    } else if work.boxes?.isEmpty == true {
      let failure = InputFailure(
        code: "no-box",
        message: "The boxes file has no row for this picture: add one, or leave the picture out.")
      prepared.faces = [PreparedFace(box: nil, input: .failure(failure))]
    } else {
      do throws(ImageError) {
        var opened: OpenedImage? = try open(work)
        // Decoded pixels, and what turning copies of them.
        let bytes = 2 * (opened?.memory ?? 0)
        budget.take(bytes)
        defer { budget.give(bytes) }
        let image = try opened?.decode()
        opened = nil  // and with it the file's bytes
        if let image { cut(image, work, &prepared) }
      } catch {
        fail(error, work, &prepared)
      }
    }
    prepared.seconds = threadSeconds() - started
    return prepared
  }

  private func open(_ work: Work) throws(ImageError) -> OpenedImage {
    let reduction = { (width: Int, height: Int) in self.reduction(work, width: width, height: height) }
    guard let content = work.content else {
      return try decoder.open(path: work.path.bytes, largestReduction: reduction)
    }
    return try decoder.open(bytes: try content.get(), largestReduction: reduction)
  }

  /// Cuts the faces out of a picture.
  private func cut(_ image: Image, _ work: Work, _ prepared: inout PreparedWork) {
    prepared.size = (image.fullWidth, image.fullHeight)
    guard let boxes = work.boxes else {
      let whole = PixelBox(left: 0, top: 0, right: image.width, bottom: image.height)
      prepared.faces = [PreparedFace(box: nil, input: input(whole, of: image, number: work.firstFace))]
      return
    }
    prepared.faces = boxes.enumerated().map { i, box in face(box, of: image, number: work.firstFace + i) }
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
    let failure = InputFailure(error)
    prepared.faces = (work.boxes ?? []).map { box in
      switch box {
      case .success(let box): PreparedFace(box: box.isNormalised ? nil : box, input: .failure(failure))
      case .failure(let own): PreparedFace(box: nil, input: .failure(own))
      }
    }
    if work.boxes == nil { prepared.faces = [PreparedFace(box: nil, input: .failure(failure))] }
  }

  private func reduction(_ work: Work, width: Int, height: Int) -> Int {
    let target = preprocessor.recipe.resized
    let wanted = Double(Self.detail * max(target.width, target.height))
    guard let boxes = work.boxes else { return Int(Double(min(width, height)) / wanted) }
    let sides = boxes.compactMap { box in (try? box.get()).map { min($0.width, $0.height) } }
    return Int(min((sides.min() ?? 1) / wanted, 8))
  }

  /// A face given by its box in the full picture.
  private func face(_ box: Result<Box, InputFailure>, of image: Image, number: Int) -> PreparedFace {
    switch box {
    case .failure(let failure): return PreparedFace(box: nil, input: .failure(failure))
    case .success(let given):
      let box = given.inPixels(width: image.fullWidth, height: image.fullHeight)
      guard let part = PixelBox(box, in: image) else {
        let message =
          "The box lies outside the picture of \(image.fullWidth) x \(image.fullHeight) pixels: check its coordinates."
        return PreparedFace(box: box, input: .failure(InputFailure(code: "box", message: message)))
      }
      return PreparedFace(box: box, input: input(part, of: image, number: number))
    }
  }

  /// The network's input for a part of a picture.
  private func input(_ part: PixelBox, of image: Image, number: Int) -> Result<[Float], InputFailure> {
    let resized: (pixels: [UInt8], channels: Int)
    do throws(FormatError) { resized = try self.resized(part, of: image) } catch {
      return .failure(InputFailure(error))
    }
    if let dump {
      do throws(ImageError) {
        try dump.write(resized, crops, preprocessor.recipe, number: number)
      } catch { return .failure(InputFailure(error)) }
    }
    var input = [Float](repeating: 0, count: crops.count * preprocessor.recipe.inputShape.count)
    preprocessor.write(resized, crops: crops, to: &input, at: 0)
    return .success(input)
  }

  private func resized(_ part: PixelBox, of image: Image) throws(FormatError) -> (
    pixels: [UInt8], channels: Int
  ) {
    let offset = (part.top * image.width + part.left) * image.channels
    var result: Result<(pixels: [UInt8], channels: Int), FormatError>?
    image.pixels.withUnsafeBufferPointer { pixels in
      // SAFETY: the part lies in the image, and so do its rows.
      let view = PixelImage(
        pixels: UnsafeBufferPointer(rebasing: pixels[offset...]), width: part.right - part.left,
        height: part.bottom - part.top, channels: image.channels, stride: image.width * image.channels)
      result = view.map { view in
        Result { () throws(FormatError) in try preprocessor.resized(view) }
      }
    }
    guard let result else { throw FormatError(.value, "The face has no pixels: check its box.") }
    return try result.get()
  }
}

/// Processor time of the calling thread.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
