internal import FermFormat

/// All that a detector looks at in one photo: the whole of it first, then tiles.
struct PhotoSearch {
  private let photo: (width: Int, height: Int)
  private let preprocessor: Preprocessor
  private let copies: PhotoCopies
  private let grids: [TileGrid]
  /// How often the copy was halved that shows the whole photo.
  private let wholeHalvings: Int
  /// How many views there are.
  let views: Int

  /// - Throws: `limit` for a photo that would take too many tiles, `memory`.
  init(_ image: PixelImage, plan: Plan, preprocessor: Preprocessor, smallestFace: Float) throws(FormatError) {
    let (recipe, range) = (plan.preprocessing, plan.detectionRange)
    let photo = (width: image.width, height: image.height)
    let side = Float(min(recipe.cropped.width, recipe.cropped.height))
    let part = preprocessor.fitted(image)
    // Pixels of the photo for one of the input, where that shows all of the photo.
    let whole = max(
      Float(part.width) / Float(recipe.resized.width), Float(part.height) / Float(recipe.resized.height))
    // Beyond twice its size nothing is to be seen.
    var scale = max(0.5, smallestFace / (range.smallest * side))
    // The smaller the step to the next size, the less tiles overlap, and the more sizes there are: so the looks are about the fewest.
    let factor = min(2, max(1.25, 0.42 / range.smallest), range.largest / range.smallest)
    var (grids, views): ([TileGrid], Int) = ([], 1)
    while scale < whole {
      // Larger faces than that are found in the larger tiles, or in the whole photo.
      let largest = range.smallest * side * min(factor * scale, whole)
      let grid = TileGrid(
        photo: photo, recipe: recipe, scale: scale, overlap: largest * (1 + 2 * ViewArea.inset))
      views += grid.count
      guard views <= Detector.mostTiles else {
        throw FormatError(
          .limit,
          "A search of \(photo.width) x \(photo.height) pixels for such small faces takes more than \(Detector.mostTiles) looks; make the photo smaller, or look for larger faces."
        )
      }
      grids.append(grid)
      scale *= factor
    }
    let isLarge = part.width * part.height > Limits.fittedPixels
    wholeHalvings = grids.isEmpty && !isLarge ? 0 : TileGrid.halvings(for: whole / 2)
    var copies = PhotoCopies(of: image)
    try copies.halve(times: grids.reduce(wholeHalvings) { max($0, $1.halvings) })
    self.copies = copies
    (self.photo, self.preprocessor, self.grids, self.views) = (photo, preprocessor, grids, views)
  }

  /// The tile that a view is, in its grid; nil for the whole photo.
  private func tile(_ view: Int) -> (grid: TileGrid, number: Int)? {
    var number = view - 1
    guard number >= 0 else { return nil }
    for grid in grids {
      if number < grid.count { return (grid, number) }
      number -= grid.count
    }
    return nil
  }

  /// What a view shows, and where it lies in the photo, and which boxes it may tell of.
  func view(_ number: Int) -> (image: PixelImage, place: DetectionView, area: ViewArea) {
    let tile = tile(number)
    let halvings = tile?.grid.halvings ?? wholeHalvings
    let copy = copies[halvings]
    let origin: (x: Int, y: Int) = tile.map { $0.grid.origin($0.number) } ?? (0, 0)
    let image =
      tile.map { copy.part(x: origin.x, y: origin.y, width: $0.grid.width, height: $0.grid.height) } ?? copy
    let place = DetectionView(
      part: preprocessor.fitted(image), origin: origin, scale: Float(1 << halvings),
      recipe: preprocessor.recipe)
    return (image, place, ViewArea(of: place, photo: photo, isTile: tile != nil))
  }
}
