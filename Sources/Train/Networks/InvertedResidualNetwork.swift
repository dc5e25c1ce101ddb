internal import FermFormat

/// What EfficientNet and MobileNetV2 have in common: a stem at stride 2, stages of inverted residuals, a 1x1 convolution, the mean
/// over all pixels and one fully connected layer. Layers are called what timm calls them.
struct InvertedResidualNetwork {
  /// Blocks of one kind; the first has the stride and changes the width.
  struct Stage {
    let window: Int
    let stride: Int
    /// The factor on the width within a block.
    let expansion: Int
    let outputs: Int
    let repeats: Int
  }

  /// What holds for every block.
  struct Style {
    let activation: BlockActivation
    /// Whether blocks squeeze and excite.
    let squeezes: Bool
    let padsAsTensorFlow: Bool
    /// Batch norm's.
    let epsilon: Float
  }

  let parameters: [Parameter]
  let classifier: LinearLayer
  private let stem: NormedConvolution
  private let blocks: [InvertedResidual]
  private let features: NormedConvolution
  private let dropout: Float

  /// - Parameters:
  ///   - stem: the width behind the first convolution.
  ///   - features: that before the mean.
  ///   - dropout: the share of features that the head drops.
  ///   - dropPath: the rate towards which that of blocks rises evenly, from 0 for the first.
  init(
    classes: Int, channels: Int, stem width: Int, _ stages: [Stage], features count: Int, _ style: Style,
    dropout: Float, dropPath: Float, seed: UInt64
  ) {
    var make = ParameterMaker(seed: seed)
    stem = NormedConvolution(
      &make, ("conv_stem", "bn1"), from: channels, to: width, window: 3, stride: 2,
      padding: style.padsAsTensorFlow ? nil : 1, epsilon: style.epsilon, style.activation)
    var (blocks, inputs) = ([InvertedResidual](), width)
    let all = stages.reduce(0) { $0 + $1.repeats }
    for (number, stage) in stages.enumerated() {
      for place in 0..<stage.repeats {
        blocks.append(
          InvertedResidual(
            &make, "blocks.\(number).\(place)", stage, from: inputs, stride: place == 0 ? stage.stride : 1,
            style, dropPath: dropPath * Float(blocks.count) / Float(all)))
        inputs = stage.outputs
      }
    }
    self.blocks = blocks
    features = NormedConvolution(
      &make, ("conv_head", "bn2"), from: inputs, to: count, epsilon: style.epsilon, style.activation)
    classifier = LinearLayer(&make, "classifier", from: count, to: classes, initialisation: .fanOut)
    parameters = make.parameters
    self.dropout = dropout
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let maps = blocks.reduce(stem(x)) { $1($0) }
    return classifier(features(maps).adaptiveAveragePool(1).flatten().dropout(dropout))
  }
}
