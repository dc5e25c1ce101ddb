/// `vgg-s`: the reference trunk, narrower in its last block, pooled to 2x2 before a small head.
///
/// `[N, channels, 44, 44]` -> `[N, classes]`; 2.9 million parameters at width 1, and any input of at least 32 pixels.
public struct SmallVGG: Network {
  static let kind = NetworkKind(
    name: "vgg-s", side: (resized: 48, cropped: 44), hasWidth: true, hasBlockDropout: true
  ) {
    SmallVGG(
      classes: $0.classes, width: $0.width, dropout: $0.dropout ?? 0.2, blockDropout: $0.blockDropout,
      seed: $0.seed)
  }

  /// All weights and running statistics, in the order in which the layers are made.
  public let parameters: [Parameter]
  /// Weight and bias of the last layer.
  public var head: [Parameter] { layers[1].parameters }
  private let trunk: ConvolutionTrunk
  private let layers: [LinearLayer]
  private let dropout: Float

  /// Makes the network.
  ///
  /// - Parameters:
  ///   - width: a factor on the widths 64, 128, 256, 256 and on the 512 of the head; rounded to multiples of 4.
  ///   - dropout: the head's.
  ///   - blockDropout: that of each block; a quarter of the head's where it is not given.
  public init(
    classes: Int, channels: Int = 1, width: Double, dropout: Float = 0.2, blockDropout: Float? = nil,
    seed: UInt64
  ) {
    self.dropout = dropout
    func scaled(_ channels: Int) -> Int { max(4, Int((Double(channels) * width / 4).rounded()) * 4) }
    var make = ParameterMaker(seed: seed)
    let widths = [64, 128, 256, 256].map(scaled)
    trunk = ConvolutionTrunk(
      &make, channels: channels, widths: widths, dropout: blockDropout ?? dropout / 4)
    layers = [
      LinearLayer(&make, "lin1", from: widths[3] * 4, to: scaled(512)),
      LinearLayer(&make, "lin2", from: scaled(512), to: classes),
    ]
    parameters = make.parameters
  }

  /// The logits `[N, classes]` of inputs `[N, 1, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable {
    layers[1](layers[0](trunk(x).adaptiveAveragePool(2).flatten()).relu().dropout(dropout))
  }
}
