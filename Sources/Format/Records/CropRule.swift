/// How a face is cut from a photo for a model: the frame that follows from a detector's box (spec 4.14).
///
/// ```swift
/// var model = try ModelFile(path: "models/default.ferm").loadModel()
/// model.cropRules = [CropRule(detector: "blazeface-short", side: 1.5, down: -0.05, isLevel: true)]
/// ```
public struct CropRule: Equatable, Sendable {
  /// The detector whose boxes are meant: letters, digits and `._/-`.
  public var detector: String
  /// The side of the square frame, divided by the mean of the box's width and height.
  public var side: Float
  /// How far the frame's centre lies to the right of the box's, in sides of the frame.
  public var right: Float
  /// How far it lies below, likewise.
  public var down: Float
  /// Whether the frame is turned so that the eyes, the box's key points 0 and 1, are level.
  public var isLevel: Bool

  /// Makes a rule.
  public init(detector: String, side: Float, right: Float = 0, down: Float = 0, isLevel: Bool = false) {
    (self.detector, self.side, self.right, self.down, self.isLevel) = (detector, side, right, down, isLevel)
  }

  /// Reads a cROP payload.
  static func readAll(_ reader: inout ByteReader) throws(FormatError) -> [CropRule] {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard (1...Limits.cropRules).contains(count) else {
      throw FormatError(
        .limit, at: place, "There are \(count) crop rules; 1 to \(Limits.cropRules) are allowed.")
    }
    var rules: [CropRule] = []
    for _ in 0..<count {
      try requireMemory(1 << 16)
      rules.append(try read(&reader, after: rules.last))
    }
    try reader.finish("The record of crop rules")
    return rules
  }

  private static func read(
    _ reader: inout ByteReader, after last: CropRule?
  ) throws(FormatError) -> CropRule {
    let place = reader.offset
    var rule = CropRule(
      detector: try reader.string(limit: Limits.nameBytes, what: "A detector's name"), side: 1)
    try rule.checkDetector(after: last, at: place)
    rule.side = try number(&reader, sides)
    rule.right = try number(&reader, moves)
    rule.down = try number(&reader, moves)
    let levelPlace = reader.offset
    let level = try reader.u8()
    guard level <= 1 else {
      throw FormatError(.value, at: levelPlace, "A crop rule's frame is level or not: 1 or 0, not \(level).")
    }
    rule.isLevel = level == 1
    let reserved = reader.offset
    guard try reader.u8() == 0 else {
      throw FormatError(.structure, at: reserved, "A reserved field is not zero.")
    }
    return rule
  }

  private static let sides: ClosedRange<Float> = 0x1p-10...0x1p10
  private static let moves: ClosedRange<Float> = -16...16

  private static func number(
    _ reader: inout ByteReader, _ range: ClosedRange<Float>
  ) throws(FormatError) -> Float {
    let place = reader.offset
    let number = try reader.f32()
    try check(number, range, at: place)
    return number
  }

  private static func check(
    _ number: Float, _ range: ClosedRange<Float>, at place: UInt64? = nil
  ) throws(FormatError) {
    guard range.contains(number) else {
      throw FormatError(.value, at: place, "A crop rule's frame is too small, too large or too far away.")
    }
  }

  private func checkDetector(after last: CropRule?, at place: UInt64? = nil) throws(FormatError) {
    guard detector.isName else {
      throw FormatError(.value, at: place, "A detector's name must be a plain name.")
    }
    if let last, !last.detector.utf8.lexicographicallyPrecedes(detector.utf8) {
      throw FormatError(
        .value, at: place, "The crop rule for \(detector) is repeated or out of order.")
    }
  }

  /// Writes rules, in the order of their detectors.
  static func writeAll(_ rules: [CropRule], _ writer: inout ByteWriter) throws(FormatError) {
    guard rules.count <= Limits.cropRules else {
      throw FormatError(
        .limit, "There are \(rules.count) crop rules; 1 to \(Limits.cropRules) are allowed.")
    }
    writer.u16(UInt16(rules.count))
    var last: CropRule?
    for rule in rules.sorted(by: { $0.detector.utf8.lexicographicallyPrecedes($1.detector.utf8) }) {
      try rule.checkDetector(after: last)
      try check(rule.side, sides)
      try check(rule.right, moves)
      try check(rule.down, moves)
      try writer.string(rule.detector, limit: Limits.nameBytes, what: "A detector's name")
      writer.f32(rule.side)
      writer.f32(rule.right)
      writer.f32(rule.down)
      writer.u8(rule.isLevel ? 1 : 0)
      writer.u8(0)
      last = rule
    }
  }
}
