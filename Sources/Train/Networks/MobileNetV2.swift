/// `mobilenetv2`: MobileNetV2 (Sandler et al., 2018) for grey faces, layer by layer timm's `mobilenetv2_100`.
///
/// `[N, channels, 48, 48]` -> `[N, classes]`; 2.2 million parameters with 7 classes.
public struct MobileNetV2: Network {
  static let kind = NetworkKind(name: "mobilenetv2", side: (resized: 52, cropped: 48), hasDropPath: true) {
    MobileNetV2(classes: $0.classes, dropout: $0.dropout ?? 0, dropPath: $0.dropPath, seed: $0.seed)
  }

  /// All weights and running statistics, in the order in which the layers are made.
  public var parameters: [Parameter] { network.parameters }
  /// Weight and bias of the last layer.
  public var head: [Parameter] { network.classifier.parameters }
  private let network: InvertedResidualNetwork
  static let stages: [InvertedResidualNetwork.Stage] = [
    .init(window: 3, stride: 1, expansion: 1, outputs: 16, repeats: 1),
    .init(window: 3, stride: 2, expansion: 6, outputs: 24, repeats: 2),
    .init(window: 3, stride: 2, expansion: 6, outputs: 32, repeats: 3),
    .init(window: 3, stride: 2, expansion: 6, outputs: 64, repeats: 4),
    .init(window: 3, stride: 1, expansion: 6, outputs: 96, repeats: 3),
    .init(window: 3, stride: 2, expansion: 6, outputs: 160, repeats: 3),
    .init(window: 3, stride: 1, expansion: 6, outputs: 320, repeats: 1),
  ]

  /// Makes the network with timm's initialisation.
  ///
  /// - Parameters:
  ///   - dropout: the share of features that the head drops.
  ///   - dropPath: how often the last block is left out.
  public init(classes: Int, channels: Int = 1, dropout: Float = 0, dropPath: Float = 0, seed: UInt64) {
    network = InvertedResidualNetwork(
      classes: classes, channels: channels, stem: 32, Self.stages, features: 1280,
      InvertedResidualNetwork.Style(
        activation: .relu6, squeezes: false, padsAsTensorFlow: false, epsilon: 1e-5),
      dropout: dropout, dropPath: dropPath, seed: seed)
  }

  /// The logits `[N, classes]` of inputs `[N, channels, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable { network(x) }
}
