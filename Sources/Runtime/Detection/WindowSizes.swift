internal import FermFormat

/// Of which sizes a detector's windows may be.
struct WindowSizes {
  /// The size that the model states; no window is smaller.
  let least: Extent
  /// Of what the sides are multiples; nil for a network of one size.
  private let unit: Extent?
  /// The most pixels of one.
  let mostPixels: Int

  /// Windows are no longer than that.
  private static let longest = 1024
  /// Sides differ by so much at least.
  private static let step = 16
  /// Bytes of the values of a network that are alive at once, for its largest window.
  private static let mostBytes: Int64 = 40 << 20

  init(_ plan: Plan) {
    least = plan.preprocessing.cropped
    let pixels = Int64(least.height * least.width)
    guard let network = plan.resizable, 2 * network.valueBytes <= Self.mostBytes else {
      (unit, mostPixels) = (nil, Int(pixels))
      return
    }
    unit = Extent(
      height: network.unit.height.inWhole(Self.step), width: network.unit.width.inWhole(Self.step))
    mostPixels = Int(pixels * Self.mostBytes / max(1, network.valueBytes))
  }

  /// How many times as large the faces are that the next larger windows are for.
  func factor(_ range: DetectionRange) -> Float {
    let most = min(2, range.largest / range.smallest)
    // The smaller the step is, the less windows overlap, and the more sizes there are: so looks of one size are about the fewest.
    return unit == nil ? min(most, max(1.25, 0.42 / range.smallest)) : most
  }

  /// All widths, the smallest first.
  var widths: Sides { Sides(least.width, unit?.width, upTo: mostPixels / least.height) }

  /// All heights of windows of some width.
  func heights(besides width: Int) -> Sides { Sides(least.height, unit?.height, upTo: mostPixels / width) }

  /// The least side, and multiples of a unit above it.
  struct Sides: Sequence, IteratorProtocol {
    private var following: Int?
    private let unit: Int?
    private let most: Int

    init(_ least: Int, _ unit: Int?, upTo most: Int) {
      (following, self.unit, self.most) = (least, unit, Swift.min(most, WindowSizes.longest))
    }

    mutating func next() -> Int? {
      guard let side = following else { return nil }
      following = unit.flatMap { unit in
        let larger = (side + 1).inWhole(unit)
        return larger <= most ? larger : nil
      }
      return side
    }
  }
}
