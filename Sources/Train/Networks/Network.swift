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
  /// All that a file of the network gives, the logits among it; the logits alone for a network that says nothing of it.
  func outputs(for x: Variable) -> [NetworkOutput]
  /// By names that others' checkpoints have for its layers, its own; empty for a network that says nothing of it.
  var otherNames: [String: String] { get }
}

extension Network {
  /// No others.
  public var otherNames: [String: String] { [:] }
  /// The number of classes that it tells apart.
  public var classes: Int { head.first?.value.shape[0] ?? 0 }
  /// The logits alone.
  public func outputs(for x: Variable) -> [NetworkOutput] { [.scores(self(x))] }
}

/// How to make a network by name.
public struct NetworkKind: Sendable {
  /// The name: `vgg-s`.
  public let name: String
  /// How a face becomes the network's input.
  public let preprocessing: Preprocessing
  /// Whether ``NetworkSettings/width`` means something to it.
  public let hasWidth: Bool
  /// Whether ``NetworkSettings/dropout`` does.
  public let hasDropout: Bool
  /// Whether ``NetworkSettings/blockDropout`` does.
  public let hasBlockDropout: Bool
  /// Whether ``NetworkSettings/dropPath`` does.
  public let hasDropPath: Bool
  /// The sides of crops that it takes, in pixels.
  public let sides: ClosedRange<Int>
  /// The model that describes it, in hexadecimal digits (spec section 12); nil for a network of this program.
  public let digest: String?
  /// Makes the network with fresh weights; throws `model` where it cannot tell so many classes apart.
  public let make: @Sendable (_ settings: NetworkSettings) throws(TrainError) -> any Network

  /// Side of the face that preprocessing resizes to, and of the crop that the network sees, in pixels.
  public var side: (resized: Int, cropped: Int) {
    (preprocessing.resized.height, preprocessing.cropped.height)
  }

  /// A network of this program, which gets grey faces.
  ///
  /// - Parameter channels: 1, or 3 for the same plane three times, as networks for colour pictures take grey ones.
  init(
    name: String, side: (resized: Int, cropped: Int), channels: Int = 1, hasWidth: Bool = false,
    hasBlockDropout: Bool = false, hasDropPath: Bool = false, sides: ClosedRange<Int> = 32...256,
    make: @escaping @Sendable (_ settings: NetworkSettings) throws(TrainError) -> any Network
  ) {
    self.name = name
    preprocessing = .greyFaces(side, channels: channels)
    self.hasWidth = hasWidth
    hasDropout = true
    self.hasBlockDropout = hasBlockDropout
    self.hasDropPath = hasDropPath
    self.sides = sides
    digest = nil
    self.make = make
  }

  /// The network that a file describes, with the sizes of crops that it serves.
  init(
    described name: String, preprocessing: Preprocessing, sides: ClosedRange<Int>, digest: String,
    make: @escaping @Sendable (_ settings: NetworkSettings) throws(TrainError) -> any Network
  ) {
    self.name = name
    self.preprocessing = preprocessing
    (hasWidth, hasDropout, hasBlockDropout, hasDropPath) = (false, false, false, false)
    self.sides = sides
    self.digest = digest
    self.make = make
  }

  /// Every network that `--network` knows; a new one is one file and one line here.
  public static let all: [NetworkKind] = [
    VGG.kind, SmallVGG.kind, EfficientNet.kind, EfficientNet.greyKind, ResNet18.kind, MobileNetV2.kind,
  ]

  /// The network with this name.
  public static func named(_ name: String) throws(TrainError) -> NetworkKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting("There is no network \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }
}

extension NetworkKind {
  /// What ``NetworkSettings/width`` may be.
  public static let widths: ClosedRange<Double> = 0.0625...4
}

/// What a network needs to know to be made.
public struct NetworkSettings: Sendable {
  /// The number of classes.
  public var classes: Int
  /// A factor on all widths, for networks that have one.
  public var width: Double
  /// The share of its features that the head drops in training; nil is the network's own.
  public var dropout: Float?
  /// The share of the features behind each block of convolutions that is dropped in training; nil is the network's own.
  public var blockDropout: Float?
  /// How often the last of the residual blocks is left out in training; those before it are less often, the first never.
  public var dropPath: Float
  /// Fixes the initial weights.
  public var seed: UInt64

  /// Makes settings.
  public init(
    classes: Int, width: Double = 1, dropout: Float? = nil, blockDropout: Float? = nil, dropPath: Float = 0,
    seed: UInt64 = 0
  ) {
    self.classes = classes
    self.width = width
    self.dropout = dropout
    self.blockDropout = blockDropout
    self.dropPath = dropPath
    self.seed = seed
  }
}
