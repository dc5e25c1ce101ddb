/// The reference network (arXiv 2105.03588): eight 3x3 convolutions in four blocks, three fully connected layers.
///
/// `[N, channels, 40, 40]` -> `[N, classes]`; 29.9 million parameters. Names are those of the published checkpoint.
public struct VGG: Network {
  static let kind = NetworkKind(
    name: "vgg", side: (resized: 48, cropped: 40), hasBlockDropout: true, sides: 32...47
  ) {
    VGG(
      classes: $0.classes, dropout: $0.dropout ?? 0.2, blockDropout: $0.blockDropout ?? 0, seed: $0.seed)
  }

  /// All weights and running statistics, in the order in which the layers are made.
  public let parameters: [Parameter]
  /// Weight and bias of the last layer.
  public var head: [Parameter] { layers[2].parameters }
  private let trunk: ConvolutionTrunk
  private let layers: [LinearLayer]
  private let dropout: Float

  /// Makes the network with PyTorch's default initialisation.
  ///
  /// - Parameters:
  ///   - dropout: the head's.
  ///   - blockDropout: that of each block; the reference has none.
  public init(
    classes: Int, channels: Int = 1, dropout: Float = 0.2, blockDropout: Float = 0, seed: UInt64
  ) {
    self.dropout = dropout
    var make = ParameterMaker(seed: seed)
    trunk = ConvolutionTrunk(&make, channels: channels, widths: [64, 128, 256, 512], dropout: blockDropout)
    layers = [
      LinearLayer(&make, "lin1", from: 2048, to: 4096), LinearLayer(&make, "lin2", from: 4096, to: 4096),
      LinearLayer(&make, "lin3", from: 4096, to: classes),
    ]
    parameters = make.parameters
  }

  /// The logits `[N, classes]` of inputs `[N, 1, 40, 40]`.
  public func callAsFunction(_ x: Variable) -> Variable {
    let features = trunk(x).flatten()
    return layers[2](
      layers[1](layers[0](features).dropout(dropout).relu()).dropout(dropout).relu())
  }
}

/// Blocks of twice (3x3 convolution, batch norm, ReLU), then a 2x2 max pool and dropout.
struct ConvolutionTrunk {
  private var blocks: [[(ConvolutionLayer, BatchNormLayer)]] = []
  private let dropout: Float

  init(_ make: inout ParameterMaker, channels: Int, widths: [Int], dropout: Float) {
    self.dropout = dropout
    var inputs = channels
    for (i, width) in widths.enumerated() {
      var block: [(ConvolutionLayer, BatchNormLayer)] = []
      for half in ["a", "b"] {
        block.append(
          (
            ConvolutionLayer(&make, "conv\(i + 1)\(half)", from: inputs, to: width),
            BatchNormLayer(&make, "bn\(i + 1)\(half)", width)
          ))
        inputs = width
      }
      blocks.append(block)
    }
  }

  func callAsFunction(_ x: Variable) -> Variable {
    var x = x
    for block in blocks {
      for (convolution, norm) in block { x = norm(convolution(x)).relu() }
      x = x.maxPool().dropout(dropout)
    }
    return x
  }
}
