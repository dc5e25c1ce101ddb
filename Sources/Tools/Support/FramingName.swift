/// Another framing of faces by its name in a model's figures: `side-90`, `turned-10`, `small-32` (docs/recipes.md).
public struct FramingName: Comparable {
  private static let kinds = ["side", "turned", "small"]
  private let kind: Int
  private let number: Int

  /// Reads a name; nil for what is none.
  public init?(_ name: some StringProtocol) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Self.kinds.firstIndex(where: { $0 == parts[0] }),
      let number = Int(parts[1]), (1..<10_000).contains(number), "\(number)" == parts[1]
    else { return nil }
    (self.kind, self.number) = (kind, number)
  }

  /// What it is, for people.
  public var words: String {
    switch Self.kinds[kind] {
    case "side": number < 100 ? "\(100 - number) % tighter" : "\(number - 100) % wider"
    case "turned": "turned by \(number) degrees"
    default: "\(number) x \(number) pixels"
    }
  }

  /// In the order in which they are shown: sides, turns, small faces.
  public static func < (a: FramingName, b: FramingName) -> Bool { (a.kind, a.number) < (b.kind, b.number) }
}
