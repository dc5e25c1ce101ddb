internal import FermFormat

/// The windows that show all faces of some sizes in a photo: of one size, overlapping by the largest of these faces.
struct WindowGrid {
  /// Pixels of the network's input that shows a window.
  let input: Extent
  /// The windows lie in the copy of the photo that was halved so many times.
  let halvings: Int
  /// A window's pixels in that copy, of which some may lie beyond it.
  private let width: Int
  private let height: Int
  /// The copy's.
  private let copyWidth: Int
  private let copyHeight: Int
  private let columns: Int
  private let rows: Int

  /// How many windows there are.
  var count: Int { columns * rows }

  /// Chooses the windows that show the network the fewest pixels.
  ///
  /// - Parameters:
  ///   - scale: pixels of the photo for one of the network's input.
  ///   - overlap: pixels of the photo that neighbours share at least.
  init(photo: (width: Int, height: Int), sizes: WindowSizes, scale: Float, overlap: Float) {
    let halvings = Self.halvings(for: scale)
    let copyScale = Float(1 << halvings)
    let round = (1 << halvings) - 1
    let copy = (width: (photo.width + round) >> halvings, height: (photo.height + round) >> halvings)
    func length(_ input: Int) -> Int { max(1, Int((scale * Float(input) / copyScale).rounded(.up))) }
    func places(_ whole: Int, _ input: Int) -> Int {
      let window = length(input)
      // In whole pixels, as that is where windows begin.
      let step = ((scale * Float(input) - overlap) / copyScale).rounded(.down)
      // However large the faces, a window goes on by a quarter.
      let least = Float(window) / 4
      return whole <= window ? 1 : 1 + Int((Float(whole - window) / max(step, least, 1)).rounded(.up))
    }
    var best = (input: sizes.least, columns: 0, rows: 0, pixels: Int.max)
    for width in sizes.widths {
      let columns = places(copy.width, width)
      for height in sizes.heights(besides: width) {
        let rows = places(copy.height, height)
        let pixels = columns * rows * width * height
        if pixels < best.pixels { best = (Extent(height: height, width: width), columns, rows, pixels) }
        // A higher one shows nothing more.
        if rows == 1 { break }
      }
      if columns == 1 { break }
    }
    (input, columns, rows, self.halvings) = (best.input, best.columns, best.rows, halvings)
    (copyWidth, copyHeight) = (copy.width, copy.height)
    (width, height) = (length(best.input.width), length(best.input.height))
  }

  /// How often a photo can be halved so that the resize still has as many pixels as it gives.
  static func halvings(for scale: Float) -> Int {
    var halvings = 0
    while scale >= Float(2 << halvings) { halvings += 1 }
    return halvings
  }

  /// The pixels of a window in its copy; the first and the last ones end at the photo's edges.
  func part(_ window: Int) -> (x: Int, y: Int, width: Int, height: Int) {
    func start(_ number: Int, _ places: Int, _ free: Int) -> Int {
      places > 1 ? number * free / (places - 1) : 0
    }
    return (
      start(window % columns, columns, copyWidth - width), start(window / columns, rows, copyHeight - height),
      width, height
    )
  }
}
