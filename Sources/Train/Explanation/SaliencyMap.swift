/// How much each pixel of a network's input counts for one class.
public struct SaliencyMap: Equatable, Sendable {
  /// Rows of the network's input.
  public let height: Int
  /// Its columns.
  public let width: Int
  /// `[height][width]`: 0 for the pixel that counts least, 1 for the one that counts most; all 0 where all count alike.
  public let values: [Float]
  /// The class that is explained.
  public let label: Int
  /// Its probability, at the model's temperature.
  public let probability: Float

  /// Scales a map over the whole image.
  init(_ raw: [Float], height: Int, width: Int, label: Int, probability: Float) {
    let (least, most) = (raw.min() ?? 0, raw.max() ?? 0)
    let range = most - least
    values = raw.map { range > 0 && range.isFinite ? ($0 - least) / range : 0 }
    (self.height, self.width, self.label, self.probability) = (height, width, label, probability)
  }
}
