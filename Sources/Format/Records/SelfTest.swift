/// An image, and the numbers that the network must give for it (spec 4.7).
///
/// It shows a reader that its preprocessing and its arithmetic are right, and an owner that a file still computes what it
/// did.
public struct SelfTest: Equatable, Sendable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// 1 for grey, 3 for interleaved RGB.
  public var channels: Int
  /// The pixels, row by row without gaps.
  public var pixels: [UInt8]
  /// The most that any number may differ.
  public var tolerance: Float
  /// The expected logits, one for each label; where a model has other outputs, the numbers of all of them, in their order and
  /// each in the order of its values, row by row.
  public var logits: [Float]

  /// Makes a self-test.
  public init(
    height: Int, width: Int, channels: Int, pixels: [UInt8], tolerance: Float, logits: [Float]
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.tolerance = tolerance
    self.logits = logits
  }

  static func readAll(_ reader: inout ByteReader, numbers: Int) throws(FormatError) -> [SelfTest] {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard (1...Limits.selfTests).contains(count) else {
      throw FormatError(
        .limit, at: place, "There are \(count) self-tests; 1 to \(Limits.selfTests) are allowed.")
    }
    var tests: [SelfTest] = []
    for _ in 0..<count { tests.append(try read(&reader, numbers: numbers)) }
    try reader.finish("The self-test")
    return tests
  }

  private static func read(_ reader: inout ByteReader, numbers: Int) throws(FormatError) -> SelfTest {
    var sides: [Int] = []
    for _ in 0..<2 {
      let place = reader.offset
      sides.append(Int(try reader.u16()))
      guard (1...Limits.imageSide).contains(sides[sides.count - 1]) else {
        throw FormatError(
          .limit, at: place, "An image of a self-test has a side beyond 1 to \(Limits.imageSide).")
      }
    }
    var place = reader.offset
    let channels = Int(try reader.u8())
    guard channels == 1 || channels == 3 else {
      throw FormatError(.value, at: place, "An image of a self-test has \(channels) channels, not 1 or 3.")
    }
    place = reader.offset
    guard try reader.u8() == 0 else {
      throw FormatError(.structure, at: place, "A reserved field is not zero.")
    }
    try requireMemory(sides[0] * sides[1] * channels + 1 << 16)
    let pixels = try reader.take(sides[0] * sides[1] * channels)
    place = reader.offset
    let tolerance = try reader.f32()
    guard tolerance.isFinite, tolerance >= 0 else {
      throw FormatError(.value, at: place, "The tolerance of a self-test must be a number of at least 0.")
    }
    var logits: [Float] = []
    let room = min(numbers, reader.remaining / 4 + 1)
    try requireMemory(4 * room + 1 << 16)
    logits.reserveCapacity(room)
    for _ in 0..<numbers {
      place = reader.offset
      logits.append(try reader.f32())
      guard logits[logits.count - 1].isFinite else {
        throw FormatError(.value, at: place, "A logit of a self-test is not a finite number.")
      }
    }
    return SelfTest(
      height: sides[0], width: sides[1], channels: channels, pixels: pixels, tolerance: tolerance,
      logits: logits)
  }

  static func writeAll(
    _ tests: [SelfTest], numbers: Int, _ writer: inout ByteWriter
  ) throws(FormatError) {
    guard tests.count <= Limits.selfTests else {
      throw FormatError(.limit, "There are more than \(Limits.selfTests) self-tests.")
    }
    writer.u16(UInt16(tests.count))
    for test in tests {
      let sides = 1...Limits.imageSide
      guard sides.contains(test.height), sides.contains(test.width), test.channels == 1 || test.channels == 3,
        test.pixels.count == test.height * test.width * test.channels, test.logits.count == numbers,
        test.tolerance >= 0, (test.logits + [test.tolerance]).allSatisfy({ $0.isFinite })
      else { throw FormatError(.value, "A self-test's image or logits do not fit the model.") }
      writer.u16(UInt16(test.height))
      writer.u16(UInt16(test.width))
      writer.u8(UInt8(test.channels))
      writer.u8(0)
      writer.raw(test.pixels)
      writer.f32(test.tolerance)
      for logit in test.logits { writer.f32(logit) }
    }
  }
}
