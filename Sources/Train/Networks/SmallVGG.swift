/// `vgg-s`: the reference trunk, narrower in its last block, pooled to 2x2 before a small head.
///
/// `[N, 1, 44, 44]` -> `[N, classes]`; 3.4 million parameters at width 1, and any input of at least 32 pixels.
public struct SmallVGG: Network {
  static let kind = NetworkKind(name: "vgg-s", side: (resized: 48, cropped: 44)) {
    SmallVGG(classes: $0.classes, width: $0.width, seed: $0.seed)
  }

  public let parameters: [Parameter]
  private let trunk: ConvolutionTrunk
  private let head: [LinearLayer]

  /// Makes the network.
  ///
  /// - Parameter width: a factor on the widths 64, 128, 256, 256 and on the 512 of the head; rounded to multiples of 4.
  public init(classes: Int, width: Double, seed: UInt64) {
    func scaled(_ channels: Int) -> Int { max(4, Int((Double(channels) * width / 4).rounded()) * 4) }
    var make = ParameterMaker(seed: seed)
    let widths = [64, 128, 256, 256].map(scaled)
    trunk = ConvolutionTrunk(&make, widths: widths, dropout: 0.05)
    head = [
      LinearLayer(&make, "lin1", from: widths[3] * 4, to: scaled(512)),
      LinearLayer(&make, "lin2", from: scaled(512), to: classes),
    ]
    parameters = make.parameters
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    head[1](head[0](trunk(x).adaptiveAveragePool(2).flatten()).relu().dropout(0.2))
  }
}
