/// How a tensor's elements are stored (spec 4.5).
public enum ElementType: UInt8, Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case fp32 = 1
  /// IEEE 754 binary16.
  case fp16 = 2
  /// The upper half of a binary32.
  case bf16 = 3
  /// Whole numbers from -127 to 127, and a scale for each output channel (the first dimension).
  case int8 = 4

  /// Bytes of one element.
  public var width: Int {
    switch self {
    case .fp32: 4
    case .fp16, .bf16: 2
    case .int8: 1
    }
  }

  /// The type's name, as tools print it.
  public var name: String {
    switch self {
    case .fp32: "fp32"
    case .fp16: "fp16"
    case .bf16: "bf16"
    case .int8: "int8"
    }
  }
}

/// How a tensor's bytes are packed in the file (spec section 5).
public enum Codec: UInt8, Sendable, CaseIterable {
  /// As they are.
  case stored = 0
  /// One zlib stream.
  case zlib = 1
  /// Byte planes of 65,536 elements at a time, as one zlib stream.
  case shuffledZlib = 2

  /// The codec's name, as tools print it.
  public var name: String {
    switch self {
    case .stored: "stored"
    case .zlib: "zlib"
    case .shuffledZlib: "shuffle+zlib"
    }
  }
}

/// A tensor without its elements.
public struct TensorInfo: Equatable, Sendable {
  /// The tensor's name, unique in its model: letters, digits and `._/-`.
  public var name: String
  /// How its elements are stored.
  public var type: ElementType
  /// Its dimensions.
  public var shape: Shape

  /// Makes a description.
  public init(name: String, type: ElementType, shape: Shape) {
    self.name = name
    self.type = type
    self.shape = shape
  }

  /// Bytes of the scales that stand before int8 elements: one f32 for each output channel.
  public var scaleBytes: Int { type == .int8 ? 4 * (shape.dimensions.first ?? 0) : 0 }

  /// Bytes of scales and elements, decoded.
  public var byteCount: Int { scaleBytes + shape.count * type.width }
}
