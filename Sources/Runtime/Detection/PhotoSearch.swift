internal import FermFormat

/// All that a detector looks at in one photo: the whole of it first, then windows.
struct PhotoSearch {
  private let photo: (width: Int, height: Int)
  private let copies: PhotoCopies
  /// The windows, those for the smallest faces first.
  let grids: [WindowGrid]
  /// How often the copy was halved that shows the whole photo.
  private let wholeHalvings: Int

  /// - Throws: `limit` for a photo that would take too many looks, `memory`.
  init(
    _ image: PixelImage, plan: Plan, sizes: WindowSizes, preprocessor: Preprocessor, smallestFace: Float
  ) throws(FormatError) {
    let (recipe, range) = (plan.preprocessing, plan.detectionRange)
    let photo = (width: image.width, height: image.height)
    let side = Float(min(recipe.cropped.width, recipe.cropped.height))
    let part = preprocessor.fitted(image)
    // Pixels of the photo for one of the input, where that shows all of the photo.
    let whole = max(
      Float(part.width) / Float(recipe.resized.width), Float(part.height) / Float(recipe.resized.height))
    // Beyond twice its size nothing is to be seen.
    var scale = max(0.5, smallestFace / (range.smallest * side))
    let factor = sizes.factor(range)
    var (grids, pixels): ([WindowGrid], Int) = ([], 0)
    while scale < whole {
      // Larger faces than that are found in the larger windows, or in the whole photo.
      let largest = range.smallest * side * min(factor * scale, whole)
      let grid = WindowGrid(
        photo: photo, sizes: sizes, scale: scale, overlap: largest * (1 + 2 * ViewArea.inset))
      pixels += grid.count * grid.input.height * grid.input.width
      guard pixels / (recipe.cropped.height * recipe.cropped.width) < Detector.mostLooks else {
        throw FormatError(
          .limit,
          "A search of \(photo.width) x \(photo.height) pixels for such small faces takes more than \(Detector.mostLooks) looks; make the photo smaller, or look for larger faces."
        )
      }
      grids.append(grid)
      scale *= factor
    }
    let isLarge = part.width * part.height > Limits.fittedPixels
    wholeHalvings = grids.isEmpty && !isLarge ? 0 : WindowGrid.halvings(for: whole / 2)
    var copies = PhotoCopies(of: image)
    try copies.halve(times: grids.reduce(wholeHalvings) { max($0, $1.halvings) })
    (self.copies, self.photo, self.grids) = (copies, photo, grids)
  }

  /// The whole photo, as the model's own preprocessing fits it.
  func whole(_ preprocessor: Preprocessor) -> DetectionView {
    let copy = copies[wholeHalvings]
    return view(
      of: copy, part: preprocessor.fitted(copy), halvings: wholeHalvings, recipe: preprocessor.recipe,
      isWindow: false)
  }

  /// A window of one of the grids, resized as a recipe says.
  func window(_ number: Int, of grid: WindowGrid, _ recipe: Preprocessing) -> DetectionView {
    view(
      of: copies[grid.halvings], part: grid.part(number), halvings: grid.halvings, recipe: recipe,
      isWindow: true)
  }

  private func view(
    of copy: PixelImage, part: (x: Int, y: Int, width: Int, height: Int), halvings: Int,
    recipe: Preprocessing, isWindow: Bool
  ) -> DetectionView {
    let place = ViewPlace(part: part, scale: Float(1 << halvings), recipe: recipe)
    return DetectionView(
      image: copy, part: part, area: ViewArea(of: place, photo: photo, isWindow: isWindow), place: place)
  }
}
