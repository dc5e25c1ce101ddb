import FermFormat
import FermRuntime
import FermTrain

/// A network that uses every operator of the format, values more than once, odd sizes and one-sided paddings.
public struct EveryOperator: Network {
  /// The weights of all its layers.
  public let parameters: [Parameter]
  /// What tells the classes apart.
  public var head: [Parameter] {
    ["first.weight", "first.bias", "second.weight", "third.weight", "fourth.weight"].map(parameter)
  }
  private let byName: [String: Parameter]
  /// The network's input: channels, height, width.
  public static let input = Shape(3, 12, 10)

  /// Makes the network with PyTorch's default initialisation.
  public init(classes: Int = 5, seed: UInt64 = 1) {
    var parameters: [Parameter] = []
    func make(_ name: String, _ kind: Parameter.Kind, _ shape: Int...) {
      let values = Support.numbers(Shape(shape).count, seed: seed &* 1000 &+ UInt64(parameters.count))
      let positive = name.hasSuffix("variance") || name.hasSuffix("scale")
      parameters.append(
        Parameter(
          name, kind, Tensor(values.map { positive ? 1 + 0.5 * $0 : 0.5 * $0 }, shape: Shape(shape))))
    }
    func norm(_ name: String, _ channels: Int) {
      make("\(name).scale", .norm, channels)
      make("\(name).shift", .norm, channels)
      make("\(name).mean", .statistic, channels)
      make("\(name).variance", .statistic, channels)
    }
    make("stem.weight", .weight, 10, 3, 3, 3)
    norm("stem.bn", 10)
    make("depth.weight", .weight, 20, 1, 3, 3)
    make("depth.bias", .bias, 20)
    make("squeeze.weight", .weight, 3, 20, 1, 1)
    make("excite.weight", .weight, 20, 3, 1, 1)
    make("excite.bias", .bias, 20)
    make("project.weight", .weight, 10, 20, 1, 1)
    norm("project.bn", 10)
    make("groups.weight", .weight, 6, 5, 2, 3)
    make("place.weight", .weight, 1, 10, 1, 1)
    make("first.weight", .weight, classes, 90)
    make("first.bias", .bias, classes)
    norm("vector.bn", 6)
    make("second.weight", .weight, classes, 6)
    make("join.weight", .weight, 7, 33, 3, 2)
    make("third.weight", .weight, classes, 33)
    make("far.weight", .weight, 8, 10, 3, 2)
    make("far.slopes", .slope, 8)
    make("fourth.slope", .slope, 1)
    make("fourth.weight", .weight, classes, 8)
    self.parameters = parameters
    byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
  }

  private func parameter(_ name: String) -> Parameter {
    guard let found = byName[name] else { preconditionFailure("no parameter \(name)") }
    return found
  }

  private func norm(_ x: Variable, _ name: String) -> Variable {
    x.batchNorm(
      BatchNormState(
        weight: parameter("\(name).scale"), bias: parameter("\(name).shift"),
        mean: parameter("\(name).mean"), variance: parameter("\(name).variance"), epsilon: 1e-3))
  }

  /// The logits of images `[N, C, H, W]`.
  public func callAsFunction(_ x: Variable) -> Variable {
    // An inverted residual block with squeeze and excitation, as EfficientNet has it.
    let stem = norm(
      x.convolution(
        parameter("stem.weight"), bias: nil, stride: Extent(2),
        padding: Padding(top: 0, left: 0, bottom: 1, right: 1)), "stem.bn"
    ).silu()
    let depth = stem.convolution(
      parameter("depth.weight"), bias: parameter("depth.bias"), padding: Padding(1), groups: 10
    ).silu()
    let excitation = depth.adaptiveAveragePool(1).convolution(parameter("squeeze.weight"), bias: nil).silu()
      .convolution(parameter("excite.weight"), bias: parameter("excite.bias")).sigmoid()
    let block =
      norm((depth * excitation).convolution(parameter("project.weight"), bias: nil), "project.bn") + stem
    // Two ways down to vectors.
    let most = block.maxPool(window: Extent(3), stride: Extent(2), padding: Padding(1))
    let mean = block.averagePool(window: Extent(3), stride: Extent(2), padding: Padding(1))
    let whole = block.averagePool(
      window: Extent(3), stride: Extent(2), padding: Padding(1), countPadding: true)
    let first = (most + mean * whole.softmax()).flatten().linear(
      parameter("first.weight"), bias: parameter("first.bias"))
    let attended = block * block.convolution(parameter("place.weight"), bias: nil).sigmoid()
    let groups = attended.convolution(parameter("groups.weight"), bias: nil, groups: 2).relu()
    let vector = norm(groups.adaptiveAveragePool(1).flatten(), "vector.bn").softmax()
    let second = (groups * vector).adaptiveAveragePool(1).flatten().linear(
      parameter("second.weight"), bias: nil)
    // Made larger in two ways, side by side, with zeros around.
    let small = block.adaptiveAveragePool(2)
    let large = small.upsampledNearest(Extent(height: 2, width: 3))
    let joined = large.concatenated(with: [
      small.upsampledBilinear(Extent(height: 2, width: 3)), large.silu(),
    ])
    let framed = joined.padded(front: 2, back: 1, Padding(top: 1, left: 0, bottom: 0, right: 1))
    let third = framed.convolution(parameter("join.weight"), bias: nil, stride: Extent(height: 3, width: 2))
      .flatten().concatenated(with: [vector, vector.silu()]).linear(parameter("third.weight"), bias: nil)
    // Taps that lie apart, and rectifiers that are none.
    let far = block.convolution(
      parameter("far.weight"), bias: nil, padding: Padding(top: 2, left: 1, bottom: 0, right: 3),
      dilation: Extent(height: 2, width: 3)
    ).prelu(parameter("far.slopes")).hardSwish()
    let fourth = far.adaptiveAveragePool(1).flatten().prelu(parameter("fourth.slope")).linear(
      parameter("fourth.weight"), bias: nil
    ).clip(from: -0.5, to: 0.75)
    return first + second.relu() + third + fourth
  }

  /// The network as a model with inputs of its own size.
  public func model() throws -> Model {
    try Model(
      self, name: "every-operator",
      preprocessing: Preprocessing(
        colour: .grey, resized: Extent(height: 14, width: 12), cropped: Extent(height: 12, width: 10),
        scale: [1 / 255, 1 / 128, 1], offset: [0, -1, 0]),
      labels: LabelSet(names: (0..<classes).map { "class \($0)" }),
      workers: try Workers(count: 1))
  }
}
