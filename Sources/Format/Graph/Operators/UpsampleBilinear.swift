/// Pixels blended of the nearest in both directions, as far apart as their centres are (spec 6.9).
///
/// x: `[C, H, W]` -> `[C, H scale.height, W scale.width]`; what other programs call half-pixel centres, without aligned corners.
public struct UpsampleBilinear: Upsampling {
  /// Its number in a file.
  public static let code: UInt16 = 20
  /// Its name in dumps and on pages.
  public static let name = "upsample_bilinear"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2

  /// The factors of height and width.
  public var scale = Extent(2)

  /// By 2 in both directions.
  public init() {}

  /// Makes an upsampling.
  public init(scale: Extent) { self.scale = scale }
}
