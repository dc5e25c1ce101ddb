/// `resnet18`: ResNet-18 (He et al., 2016) for small grey faces: its first convolution is 3x3 at stride 1, and no pool follows it.
///
/// `[N, channels, 48, 48]` -> `[N, classes]`; 11.2 million parameters with 7 classes. Names are those of timm and torchvision.
public struct ResNet18: Network {
  static let kind = NetworkKind(name: "resnet18", side: (resized: 52, cropped: 48), hasDropPath: true) {
    ResNet18(classes: $0.classes, dropout: $0.dropout ?? 0, dropPath: $0.dropPath, seed: $0.seed)
  }

  /// All weights and running statistics, in the order in which the layers are made.
  public let parameters: [Parameter]
  /// Weight and bias of the last layer.
  public var head: [Parameter] { last.parameters }
  private let stem: NormedConvolution
  private let blocks: [ResidualBlock]
  private let last: LinearLayer
  private let dropout: Float

  /// Makes the network with timm's initialisation.
  ///
  /// - Parameters:
  ///   - dropout: the share of features that the head drops.
  ///   - dropPath: how often the last block is left out.
  public init(classes: Int, channels: Int = 1, dropout: Float = 0, dropPath: Float = 0, seed: UInt64) {
    var make = ParameterMaker(seed: seed)
    stem = NormedConvolution(
      &make, ("conv1", "bn1"), from: channels, to: 64, window: 3, padding: 1, .relu)
    var (blocks, inputs) = ([ResidualBlock](), 64)
    for (number, outputs) in [64, 128, 256, 512].enumerated() {
      for place in 0..<2 {
        blocks.append(
          ResidualBlock(
            &make, "layer\(number + 1).\(place)", from: inputs, to: outputs,
            stride: number > 0 && place == 0 ? 2 : 1, dropPath: dropPath * Float(blocks.count) / 7))
        inputs = outputs
      }
    }
    self.blocks = blocks
    last = LinearLayer(&make, "fc", from: inputs, to: classes)
    parameters = make.parameters
    self.dropout = dropout
  }

  /// The logits `[N, classes]` of inputs `[N, channels, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable {
    last(blocks.reduce(stem(x)) { $1($0) }.adaptiveAveragePool(1).flatten().dropout(dropout))
  }
}

/// Two 3x3 convolutions, and what they were given added; through a 1x1 convolution where they change its size.
struct ResidualBlock {
  private let first: NormedConvolution
  private let second: NormedConvolution
  private let shortcut: NormedConvolution?
  private let dropPath: Float

  init(
    _ make: inout ParameterMaker, _ name: String, from inputs: Int, to outputs: Int, stride: Int,
    dropPath: Float
  ) {
    first = NormedConvolution(
      &make, ("\(name).conv1", "\(name).bn1"), from: inputs, to: outputs, window: 3, stride: stride,
      padding: 1, .relu)
    second = NormedConvolution(
      &make, ("\(name).conv2", "\(name).bn2"), from: outputs, to: outputs, window: 3, padding: 1, scale: 0)
    shortcut =
      stride > 1 || inputs != outputs
      ? NormedConvolution(
        &make, ("\(name).downsample.0", "\(name).downsample.1"), from: inputs, to: outputs, stride: stride)
      : nil
    self.dropPath = dropPath
  }

  func callAsFunction(_ x: Variable) -> Variable {
    (second(first(x)).dropPath(dropPath) + (shortcut?(x) ?? x)).relu()
  }
}
