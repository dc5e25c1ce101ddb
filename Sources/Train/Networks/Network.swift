public import FermFormat

/// A trainable network: parameters, and a forward pass written with operators on ``Variable``.
///
/// Everything else follows: gradients from the tape, the file from a traced pass.
///
/// ```swift
/// struct TinyNet: Network {
///   let parameters: [Parameter]
///   var head: [Parameter] { last.parameters }
///   private let convolution: ConvolutionLayer
///   private let norm: BatchNormLayer
///   private let last: LinearLayer
///
///   init(classes: Int, seed: UInt64) {
///     var make = ParameterMaker(seed: seed)
///     convolution = ConvolutionLayer(&make, "conv", from: 1, to: 16)
///     norm = BatchNormLayer(&make, "bn", 16)
///     last = LinearLayer(&make, "lin", from: 16 * 4, to: classes)
///     parameters = make.parameters
///   }
///
///   func callAsFunction(_ x: Variable) -> Variable {
///     last(norm(convolution(x)).relu().adaptiveAveragePool(2).flatten())
///   }
/// }
/// ```
public protocol Network {
  /// All parameters, in a fixed order.
  var parameters: [Parameter] { get }
  /// The parameters of the last layer, each with one row (its first dimension) for each class.
  var head: [Parameter] { get }
  /// The forward pass: `[N, C, H, W]` -> logits `[N, classes]`.
  func callAsFunction(_ x: Variable) -> Variable
}

extension Network {
  /// The number of classes that it tells apart.
  public var classes: Int { head.first?.value.shape[0] ?? 0 }
}

/// How to make a network by name.
public struct NetworkKind: Sendable {
  /// The name: `vgg-s`.
  public let name: String
  /// Side of the face that preprocessing resizes to, and of the crop that the network sees, in pixels.
  public let side: (resized: Int, cropped: Int)
  /// How a face becomes the network's input.
  public var preprocessing: Preprocessing { .greyFaces(side) }
  /// Whether ``NetworkSettings/width`` means something to it.
  public var hasWidth = false
  /// The sides of crops that it takes, in pixels.
  public var sides = 32...256
  /// Makes the network with fresh weights.
  public let make: @Sendable (_ settings: NetworkSettings) -> any Network

  /// Every network that `--network` knows; a new one is one file and one line here.
  public static let all: [NetworkKind] = [VGG.kind, SmallVGG.kind]

  /// The network with this name.
  public static func named(_ name: String) throws(TrainError) -> NetworkKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting("There is no network \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }
}

/// What a network needs to know to be made.
public struct NetworkSettings: Sendable {
  /// The number of classes.
  public var classes: Int
  /// Channels of the input: those that the preprocessing gives.
  public var channels: Int
  /// A factor on all widths, for networks that have one.
  public var width: Double
  /// The share of its features that the head drops in training; nil is the network's own.
  public var dropout: Float?
  /// Fixes the initial weights.
  public var seed: UInt64

  /// Makes settings.
  public init(
    classes: Int, channels: Int = 1, width: Double = 1, dropout: Float? = nil, seed: UInt64 = 0
  ) {
    self.classes = classes
    self.channels = channels
    self.width = width
    self.dropout = dropout
    self.seed = seed
  }
}
