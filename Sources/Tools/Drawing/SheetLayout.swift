/// How a contact sheet is divided into strips, from top to bottom.
struct SheetLayout: Equatable, Sendable {
  /// What a strip shows.
  enum Content: Equatable, Sendable {
    case margin
    case title
    case heading(group: Int)
    case faces(group: Int, Range<Int>)
  }

  struct Strip: Equatable, Sendable {
    let content: Content
    let height: Int
  }

  static let margin = 20
  /// From a face to the next one in its row, and in its column.
  static let pitch = ContactSheet.side + 12
  static let step = ContactSheet.side + 44
  /// Few programs show higher pictures.
  private static let highest = 65_000

  let width: Int
  let height: Int
  /// The size of a heading's letters.
  let letters: Double
  let strips: [Strip]
  /// Faces by group.
  let counts: [Int]
  var shown: Int { counts.reduce(0, +) }

  /// - Parameter faces: how many each group has; groups without any are left out.
  init(_ faces: [Int]) {
    let total = faces.reduce(0, +)
    // About as wide as high.
    let square = (Double(total) * Double(Self.step) / Double(Self.pitch)).squareRoot()
    let columns = min(max(8, Int(square.rounded(.up))), 80)
    width = 2 * Self.margin + columns * Self.pitch - (Self.pitch - ContactSheet.side)
    let letters = min(max(20, Double(width) / 80), 64).rounded()
    self.letters = letters
    var strips = [
      Strip(content: .margin, height: Self.margin), Strip(content: .title, height: Int(1.4 * letters)),
    ]
    var height = strips.reduce(0) { $0 + $1.height }
    var counts = faces.map { _ in 0 }
    for (group, count) in faces.enumerated() where count > 0 {
      let heading = Strip(content: .heading(group: group), height: Int(2.4 * letters))
      guard height + heading.height + Self.step <= Self.highest else { break }
      strips.append(heading)
      height += heading.height
      for start in stride(from: 0, to: count, by: columns) where height + Self.step <= Self.highest {
        let range = start..<min(start + columns, count)
        strips.append(Strip(content: .faces(group: group, range), height: Self.step))
        height += Self.step
        counts[group] += range.count
      }
    }
    strips.append(Strip(content: .margin, height: Self.margin))
    (self.strips, self.height, self.counts) = (strips, height + Self.margin, counts)
  }
}
