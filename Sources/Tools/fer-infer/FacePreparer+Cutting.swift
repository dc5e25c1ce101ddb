import FermDrawing
import FermFormat
import FermImage
import FermRuntime

/// From a decoded picture to the network's inputs.
extension FacePreparer {
  /// A picture that is a face.
  func crop(_ image: Image, _ prepared: inout PreparedWork) -> PreparedFace {
    var mark = FaceMark()
    if let least = finder.search.leastScore {
      do throws(InputFailure) {
        mark.score = try searching(&prepared) { () throws(InputFailure) in try finder.score(of: image) }
      } catch { return PreparedFace(input: .failure(error)) }
      guard let score = mark.score, Double(score) >= least else {
        mark.count = 0
        return PreparedFace(mark: mark, input: .noFace)
      }
    }
    return face(mark: mark) { (preprocessor) throws(FormatError) in
      try image.withPixelImage { view throws(FormatError) in try preprocessor.resized(view) }
    }
  }

  /// The faces of a photo, the first of them where there are many; gives what is left.
  func cutPhoto(_ image: Image, _ work: Work, _ prepared: inout PreparedWork) -> Work? {
    var found = work.found ?? []
    if work.found == nil {
      do throws(InputFailure) {
        found = try searching(&prepared) { () throws(InputFailure) in try finder.faces(in: image) }
      } catch {
        prepared.faces = [PreparedFace(input: .failure(error))]
        return nil
      }
    }
    guard !found.isEmpty else {
      prepared.faces = [PreparedFace(mark: FaceMark(count: 0), input: .noFace)]
      return nil
    }
    prepared.faces = found.prefix(mostFaces).map { found in
      face(box: found.box, mark: found.mark) { (preprocessor) throws(FormatError) in
        try image.withPixelImage { view throws(FormatError) in
          try preprocessor.resized(try found.frame.image(of: view))
        }
      }
    }
    guard found.count > mostFaces else { return nil }
    var rest = work
    rest.found = Array(found.dropFirst(mostFaces))
    rest.continuesPicture = true
    return rest
  }

  /// A face given by its box in the full picture.
  func face(_ box: Result<Box, InputFailure>, of image: Image) -> PreparedFace {
    switch box {
    case .failure(let failure): return PreparedFace(input: .failure(failure))
    case .success(let given):
      let box = given.inPixels(width: image.fullWidth, height: image.fullHeight)
      guard let part = PixelBox(box, in: image) else {
        let message =
          "The box lies outside the picture of \(image.fullWidth) x \(image.fullHeight) pixels: check its coordinates."
        return PreparedFace(box: box, input: .failure(InputFailure(code: "box", message: message)))
      }
      return face(box: box) { (preprocessor) throws(FormatError) in
        try image.withPixelImage(part) { view throws(FormatError) in try preprocessor.resized(view) }
      }
    }
  }

  private func face(
    box: Box? = nil, mark: FaceMark = FaceMark(),
    _ resize: (Preprocessor) throws(FormatError) -> (pixels: [UInt8], channels: Int)
  ) -> PreparedFace {
    do throws(FormatError) {
      let resized = try resize(preprocessor)
      var values = [Float](repeating: 0, count: crops.count * preprocessor.recipe.inputShape.count)
      preprocessor.write(resized, crops: crops, to: &values, at: 0)
      return PreparedFace(
        box: box, mark: mark,
        picture: keepsPictures ? InputDump.picture(resized, crops, preprocessor.recipe) : nil,
        portrait: try portraits.map { portraits throws(FormatError) in
          let resized = try resize(portraits)
          return Image(
            width: ContactSheet.side, height: ContactSheet.side, channels: resized.channels,
            pixels: resized.pixels)
        }, input: .values(values))
    } catch {
      return PreparedFace(box: box, mark: mark, input: .failure(InputFailure(error)))
    }
  }

  /// Counts the detector's time.
  private func searching<T>(
    _ prepared: inout PreparedWork, _ body: () throws(InputFailure) -> T
  ) throws(InputFailure) -> T {
    let started = threadSeconds()
    defer { prepared.searching += threadSeconds() - started }
    return try body()
  }
}
