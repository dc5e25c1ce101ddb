/// `efn`: EfficientNet-B3 (Tan and Le, 2019) as the reference uses it, layer by layer timm's `tf_efficientnet_b3`.
///
/// `[N, channels, 48, 48]` -> `[N, classes]`; 10.7 million parameters with 7 classes. `efn` gets a grey face three times, as networks
/// for colour pictures do; `efn-gray` is the same with a stem of one channel.
public struct EfficientNet: Network {
  static let kind = kind("efn", channels: 3)
  static let greyKind = kind("efn-gray", channels: 1)

  private static func kind(_ name: String, channels: Int) -> NetworkKind {
    NetworkKind(
      name: name, side: (resized: 52, cropped: 48), channels: channels, hasDropPath: true, sides: 32...300
    ) {
      EfficientNet(
        classes: $0.classes, channels: channels, dropout: $0.dropout ?? 0, dropPath: $0.dropPath,
        seed: $0.seed)
    }
  }

  /// All weights and running statistics, in the order in which the layers are made.
  public var parameters: [Parameter] { network.parameters }
  /// Weight and bias of the last layer.
  public var head: [Parameter] { network.classifier.parameters }
  private let network: InvertedResidualNetwork

  /// Makes the network with timm's initialisation.
  ///
  /// - Parameters:
  ///   - dropout: the share of features that the head drops; the paper has 0.3, timm 0.
  ///   - dropPath: how often the last block is left out; the paper has 0.2, timm 0.
  public init(
    classes: Int, channels: Int = 3, dropout: Float = 0, dropPath: Float = 0, seed: UInt64
  ) {
    typealias Stage = InvertedResidualNetwork.Stage
    network = InvertedResidualNetwork(
      classes: classes, channels: channels, stem: 40,
      [
        Stage(window: 3, stride: 1, expansion: 1, outputs: 24, repeats: 2),
        Stage(window: 3, stride: 2, expansion: 6, outputs: 32, repeats: 3),
        Stage(window: 5, stride: 2, expansion: 6, outputs: 48, repeats: 3),
        Stage(window: 3, stride: 2, expansion: 6, outputs: 96, repeats: 5),
        Stage(window: 5, stride: 1, expansion: 6, outputs: 136, repeats: 5),
        Stage(window: 5, stride: 2, expansion: 6, outputs: 232, repeats: 6),
        Stage(window: 3, stride: 1, expansion: 6, outputs: 384, repeats: 2),
      ], features: 1536,
      InvertedResidualNetwork.Style(
        activation: .silu, squeezes: true, padsAsTensorFlow: true, epsilon: 1e-3),
      dropout: dropout, dropPath: dropPath, seed: seed)
  }

  /// The logits `[N, classes]` of inputs `[N, channels, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable { network(x) }
}
