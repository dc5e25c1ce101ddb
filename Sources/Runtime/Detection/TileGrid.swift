internal import FermFormat

/// The tiles that show all faces of some sizes in a photo: of one size, overlapping by the largest of these faces.
struct TileGrid {
  /// The tiles lie in the copy of the photo that was halved so many times.
  let halvings: Int
  /// Pixels of a tile in that copy.
  let width: Int
  let height: Int
  /// The copy's.
  private let copyWidth: Int
  private let copyHeight: Int
  private let columns: Int
  private let rows: Int

  /// How many tiles there are.
  var count: Int { columns * rows }

  /// - Parameters:
  ///   - scale: pixels of the photo for one that the resize gives.
  ///   - overlap: pixels of the photo that neighbours share at least.
  init(photo: (width: Int, height: Int), recipe: Preprocessing, scale: Float, overlap: Float) {
    let halvings = Self.halvings(for: scale)
    let copyScale = Float(1 << halvings)
    let round = (1 << halvings) - 1
    (copyWidth, copyHeight) = ((photo.width + round) >> halvings, (photo.height + round) >> halvings)
    func length(_ resized: Int, _ whole: Int) -> Int {
      min(whole, max(1, Int((scale * Float(resized) / copyScale).rounded(.up))))
    }
    func places(_ whole: Int, _ tile: Int, seen: Int) -> Int {
      let step = (scale * Float(seen) - overlap) / copyScale
      // However large the faces, a tile goes on by a quarter.
      let least = Float(tile) / 4
      return whole <= tile ? 1 : 1 + Int((Float(whole - tile) / max(step, least, 1)).rounded(.up))
    }
    width = length(recipe.resized.width, copyWidth)
    height = length(recipe.resized.height, copyHeight)
    columns = places(copyWidth, width, seen: recipe.cropped.width)
    rows = places(copyHeight, height, seen: recipe.cropped.height)
    self.halvings = halvings
  }

  /// How often a photo can be halved so that the resize still has as many pixels as it gives.
  static func halvings(for scale: Float) -> Int {
    var halvings = 0
    while scale >= Float(2 << halvings) { halvings += 1 }
    return halvings
  }

  /// Where a tile begins in its copy; the first and the last ones end at the photo's edges.
  func origin(_ tile: Int) -> (x: Int, y: Int) {
    func start(_ number: Int, _ places: Int, _ free: Int) -> Int {
      places > 1 ? number * free / (places - 1) : 0
    }
    return (
      start(tile % columns, columns, copyWidth - width), start(tile / columns, rows, copyHeight - height)
    )
  }
}
