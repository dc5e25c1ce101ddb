import FermFiles

/// Where a row of a boxes file has its path and its box, as the header names them.
struct BoxColumns {
  /// How four numbers are a box.
  enum Form: CaseIterable {
    /// The top left corner and the size.
    case corner
    /// The top left and the bottom right corner.
    case corners
    /// The middle and the size.
    case middle
  }

  /// What a header that cannot be used lacks.
  enum Problem: Error {
    case noPath
    case noBox
    /// Columns of one name.
    case twice(String)
    /// A column with a whole box in it, whose form its name does not tell.
    case packed(String)
    /// The corners of a polygon, or landmarks.
    case polygon
  }

  let path: Int
  /// The columns of the four numbers.
  let numbers: [Int]
  let form: Form
  /// Whether the numbers are shares of the picture's width and height.
  let isNormalised: Bool

  /// Without a header: the first five columns are `path,x,y,w,h`.
  static let positional = BoxColumns(path: 0, numbers: [1, 2, 3, 4], form: .corner, isNormalised: false)

  private init(path: Int, numbers: [Int], form: Form, isNormalised: Bool) {
    (self.path, self.numbers, self.form, self.isNormalised) = (path, numbers, form, isNormalised)
  }

  /// Understands a header.
  init(titles: [String]) throws(Problem) {
    let names = titles.map(Self.reduced)
    guard let path = Self.paths.lazy.compactMap({ names.firstIndex(of: $0) }).first else { throw .noPath }
    var problem = Problem.noBox
    for isNormalised in [false, true] {
      let bare = isNormalised ? names.map { Self.withoutNorm($0) ?? "" } : names
      for prefix in Self.prefixes {
        let sides = bare.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : "" }
        guard !sides.contains("x3") else {
          problem = .polygon
          continue
        }
        for (form, aliases) in Self.forms {
          let found = aliases.compactMap { $0.first(where: sides.contains) }
          guard found.count == 4 else { continue }
          if let side = found.first(where: { side in sides.filter { $0 == side }.count > 1 }) {
            throw .twice(titles[sides.firstIndex(of: side) ?? 0])
          }
          self.init(
            path: path, numbers: found.compactMap(sides.firstIndex), form: form, isNormalised: isNormalised)
          return
        }
      }
    }
    if let place = names.firstIndex(where: { !$0.isEmpty && Self.prefixes.contains($0) }) {
      problem = .packed(titles[place])
    }
    throw problem
  }

  /// Lower-case letters and digits alone, without a unit: `x_min`, `X min (px)` and `xMin` are one name.
  private static func reduced(_ title: String) -> String {
    let letters = title.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    for unit in ["pixels", "pixel", "px"] where letters.hasSuffix(unit) && letters != unit {
      return String(letters.dropLast(unit.count))
    }
    return letters
  }

  /// What is left of a name that says that its numbers are shares; nil for any other.
  private static func withoutNorm(_ name: String) -> String? {
    for word in ["normalised", "normalized", "norm", "relative", "rel"] {
      if name.hasPrefix(word) { return String(name.dropFirst(word.count)) }
      if name.hasSuffix(word) { return String(name.dropLast(word.count)) }
    }
    return nil
  }

  /// What the picture's column is called, the likeliest first; detectors give `input`, `identity` and others.
  private static let paths = [
    "path", "filepath", "imagepath", "imgpath", "fullpath", "file", "filename", "fname", "image", "imagefile",
    "imagename", "img", "imgname", "photo", "picture", "input", "inputpath", "identity",
  ]

  /// What may stand before the names of all four.
  private static let prefixes = [
    "", "bbox", "box", "boundingbox", "bb", "facerect", "facebox", "facebbox", "facialarea", "face", "region",
    "rect",
    "detection", "det", "roi", "target",
  ]

  private static let left = ["x", "left", "x1", "xmin", "minx", "x0", "xtl", "startx", "xleft", "leftx"]
  private static let top = ["y", "top", "y1", "ymin", "miny", "y0", "ytl", "starty", "ytop", "topy"]
  private static let width = ["w", "width"]
  private static let height = ["h", "height"]
  private static let right = ["right", "x2", "xmax", "maxx", "xbr", "endx", "xright", "rightx"]
  private static let bottom = ["bottom", "y2", "ymax", "maxy", "ybr", "endy", "ybottom", "bottomy"]
  private static let middleX = ["xcenter", "xcentre", "centerx", "centrex", "cx", "xc"]
  private static let middleY = ["ycenter", "ycentre", "centery", "centrey", "cy", "yc"]

  private static let forms: [(Form, [[String]])] = [
    (.corner, [left, top, width, height]),
    (.corners, [left, top, right, bottom]),
    (.corners, [["x0"], ["y0"], ["x1"], ["y1"]]),
    (.middle, [middleX, middleY, width, height]),
  ]
}

extension BoxColumns.Problem {
  /// What is missing, in words that follow the header's place.
  var words: String {
    switch self {
    case .noPath: "name no column with the pictures, such as path, file or image"
    case .noBox: "name no box: x,y,w,h, or x1,y1,x2,y2 (left,top,right,bottom), are understood"
    case .twice(let title): "name \(title.printable) and another column for the same"
    case .packed(let title):
      "name one column \(title.printable) for a whole box, which does not tell size from corner: give x,y,w,h or x1,y1,x2,y2"
    case .polygon: "name points, but no box: give x,y,w,h or x1,y1,x2,y2"
    }
  }
}
