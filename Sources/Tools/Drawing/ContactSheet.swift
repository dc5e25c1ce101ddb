internal import FermFiles
public import FermImage

/// Faces on one page, by label and then by score, each over its file's name.
///
/// Of more faces than one page shows, each label keeps its surest, and the labels with most faces give way first; so memory is
/// bounded by ``mostFaces`` however many are added.
public struct ContactSheet {
  /// The side of a face's picture in pixels.
  public static let side = 96
  /// Faces that a sheet shows; a quarter more are in memory, of about 40 KB each.
  public static let mostFaces = 5000

  /// A face as the sheet keeps it.
  struct Face {
    let score: Float
    let name: String
    let picture: Image
  }

  /// The faces of a label.
  struct Group {
    let label: String
    let place: Int
    /// All that were added, with those that gave way.
    var count = 0
    var faces: [Face] = []
  }

  /// By label, in the model's order.
  private(set) var groups: [Group]
  /// Faces that were added.
  public private(set) var count = 0
  private var kept = 0
  private let limit: Int

  /// An empty sheet of a model with these labels.
  public init(labels: [String]) { self.init(labels: labels, limit: Self.mostFaces) }

  init(labels: [String], limit: Int) {
    groups = labels.enumerated().map { Group(label: $1.printable, place: $0) }
    self.limit = limit
  }

  /// Adds a face.
  ///
  /// - Parameters:
  ///   - place: its label's place among the model's.
  ///   - score: 0 to 1.
  ///   - name: what is written below it.
  ///   - picture: ``side`` pixels wide and high.
  public mutating func add(_ picture: Image, label place: Int, score: Float, name: String) {
    precondition(picture.width == Self.side && picture.height == Self.side, "a picture of another size")
    groups[place].count += 1
    groups[place].faces.append(Face(score: score, name: name, picture: picture))
    count += 1
    kept += 1
    // Not with every face, as it takes sorting.
    if kept > limit + limit / 4 { settle() }
  }

  /// Sorts the faces, the surest first and equals as they came, and lets go what the page has no room for.
  mutating func settle() {
    let most = Self.level(groups.map { $0.faces.count }, limit: limit)
    for i in groups.indices where !groups[i].faces.isEmpty {
      let faces = groups[i].faces.enumerated().sorted {
        $0.element.score != $1.element.score ? $0.element.score > $1.element.score : $0.offset < $1.offset
      }
      groups[i].faces = faces.prefix(most).map { $0.element }
    }
    kept = groups.reduce(0) { $0 + $1.faces.count }
  }

  /// The largest number that no group may exceed for all to have `limit` faces together; all of them where they have no more.
  private static func level(_ counts: [Int], limit: Int) -> Int {
    var (least, beyond) = (0, (counts.max() ?? 0) + 1)
    while beyond - least > 1 {
      let middle = (least + beyond) / 2
      if counts.reduce(0, { $0 + min($1, middle) }) <= limit { least = middle } else { beyond = middle }
    }
    return least
  }

  /// Draws the sheet as a PNG, of which a strip is in memory at a time.
  ///
  /// - Parameters:
  ///   - software: see ``ImageEncoder``.
  ///   - write: takes the bytes one after the other.
  /// - Returns: how many faces it shows.
  public mutating func draw<Failure: Error>(
    software: String, _ write: ([UInt8]) throws(Failure) -> Void
  ) throws -> Int {
    settle()
    let layout = SheetLayout(groups.map { $0.faces.count })
    let library = try DrawingLibrary()
    let encoder = try ImageEncoder(
      .png, width: layout.width, height: layout.height, channels: 3, software: software)
    for strip in layout.strips {
      let canvas = try Canvas(library, width: layout.width, height: strip.height)
      draw(strip, layout, on: canvas)
      try write(try encoder.append(try canvas.pixels()))
    }
    try write(try encoder.finish())
    return layout.shown
  }
}
