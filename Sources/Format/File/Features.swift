/// What a reader must know beyond version 1.0 to read a file: the bits of its header (spec section 1).
///
/// A writer sets exactly those that the content needs, so that a file that version 1.0 can say stays one of version 1.0.
public struct Features: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt32

  /// Takes the bits as they are.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Operators or versions of operators that came with set 2.
  public static let operatorSet2 = Features(rawValue: 1 << 1)
  /// Outputs with names and kinds: a chunk `OUTP`.
  public static let outputs = Features(rawValue: 1 << 2)
  /// More than 256 labels.
  public static let manyLabels = Features(rawValue: 1 << 3)

  /// What this program knows.
  static let known: Features = [.operatorSet2, .outputs, .manyLabels]
  /// The bit of files that were written before version 1 was final; no reader knows it.
  static let draft = Features(rawValue: 1 << 31)

  /// The features one by one, those that this program does not know by their bit: `feature 5`.
  public var names: [String] {
    (0..<32).filter { rawValue >> UInt32($0) & 1 == 1 }.map { bit in
      switch Features(rawValue: 1 << UInt32(bit)) {
      case .operatorSet2: "operator set 2"
      case .outputs: "outputs"
      case .manyLabels: "many labels"
      default: "feature \(bit)"
      }
    }
  }
}

extension Model {
  /// What a reader of the file must know: as little as the content allows.
  var features: Features {
    var features: Features = []
    if graph.operatorSet >= 2 { features.insert(.operatorSet2) }
    if hasStatedOutputs { features.insert(.outputs) }
    if labels.names.count > Limits.plainLabels { features.insert(.manyLabels) }
    return features
  }
}
