/// Where in a file the values of outputs are named, for errors.
struct OutputPlaces {
  /// The first byte of the record.
  var record: UInt64
  /// By output, the field of each of its values, in the order of ``ModelOutput/values``.
  var values: [[UInt64]] = []
}

extension ModelOutput {
  /// Reads an OUTP payload (spec 4.12); whether the values exist and fit is for the graph's validation.
  static func readAll(
    _ reader: inout ByteReader
  ) throws(FormatError) -> (outputs: [ModelOutput], places: OutputPlaces) {
    var places = OutputPlaces(record: reader.offset)
    let count = Int(try reader.u16())
    guard (1...Limits.outputs).contains(count) else {
      throw FormatError(
        .limit, at: places.record, "There are \(count) outputs; 1 to \(Limits.outputs) are allowed.")
    }
    var outputs: [ModelOutput] = []
    for _ in 0..<count {
      try requireMemory(1 << 16)
      var fields: [UInt64] = []
      outputs.append(try read(&reader, after: outputs, &fields))
      places.values.append(fields)
    }
    try reader.finish("The record of outputs")
    return (outputs, places)
  }

  private static func read(
    _ reader: inout ByteReader, after others: [ModelOutput], _ fields: inout [UInt64]
  ) throws(FormatError) -> ModelOutput {
    let place = reader.offset
    let name = try reader.string(limit: Limits.nameBytes, what: "An output's name")
    try check(name, after: others, at: place)
    let kindPlace = reader.offset
    switch try reader.u16() {
    case 1:
      try checkSingle(after: others, at: kindPlace)
      return ModelOutput(name, .scores(value: try value(&reader, &fields)))
    case 2: return ModelOutput(name, .embedding(value: try value(&reader, &fields)))
    case 3: return ModelOutput(name, .detection(try Detection.read(&reader, &fields)))
    case let code:
      throw FormatError(
        .unsupported, at: kindPlace,
        "The output \(name) has kind \(code), which this program does not know; a newer one may.")
    }
  }

  fileprivate static func value(
    _ reader: inout ByteReader, _ fields: inout [UInt64]
  ) throws(FormatError) -> Int {
    fields.append(reader.offset)
    return Int(try reader.u16())
  }

  private static func check(
    _ name: String, after others: some Sequence<ModelOutput>, at place: UInt64? = nil
  ) throws(FormatError) {
    guard name.isName else { throw FormatError(.value, at: place, "An output's name must be a plain name.") }
    for other in others where other.name.utf8.elementsEqual(name.utf8) {
      throw FormatError(.value, at: place, "The output \(name) appears twice.")
    }
  }

  private static func checkSingle(
    after others: some Sequence<ModelOutput>, at place: UInt64? = nil
  ) throws(FormatError) {
    for other in others where other.isScores {
      throw FormatError(.value, at: place, "Two outputs are class scores; a model has at most one such.")
    }
  }

  /// Writes a record of outputs that ``Graph/validate(input:tensors:classes:outputs:)`` has passed.
  static func writeAll(_ outputs: [ModelOutput], _ writer: inout ByteWriter) throws(FormatError) {
    writer.u16(UInt16(outputs.count))
    for output in outputs {
      try writer.string(output.name, limit: Limits.nameBytes, what: "An output's name")
      switch output.kind {
      case .scores(let value):
        writer.u16(1)
        writer.u16(UInt16(value))
      case .embedding(let value):
        writer.u16(2)
        writer.u16(UInt16(value))
      case .detection(let detection):
        writer.u16(3)
        detection.write(&writer)
      }
    }
  }

  /// What a record of outputs must keep, whatever the graph; for outputs that were not read from a file.
  static func check(_ outputs: [ModelOutput]) throws(FormatError) {
    guard (1...Limits.outputs).contains(outputs.count) else {
      throw FormatError(.limit, "There are \(outputs.count) outputs; 1 to \(Limits.outputs) are allowed.")
    }
    for (index, output) in outputs.enumerated() {
      try check(output.name, after: outputs[..<index])
      if output.isScores { try checkSingle(after: outputs[..<index]) }
      if case .detection(let detection) = output.kind { try detection.check() }
    }
  }
}

extension Detection {
  /// The one way to count a box's numbers from its anchor.
  private static let linear: UInt8 = 1

  fileprivate static func read(
    _ reader: inout ByteReader, _ fields: inout [UInt64]
  ) throws(FormatError) -> Detection {
    var place = reader.offset
    guard try reader.u8() == linear else {
      throw FormatError(
        .unsupported, at: place, "A detection names a coding that this program does not know.")
    }
    place = reader.offset
    guard try reader.u8() == 0 else {
      throw FormatError(.structure, at: place, "A reserved field is not zero.")
    }
    place = reader.offset
    let keyPoints = Int(try reader.u16())
    try checkKeyPoints(keyPoints, at: place)
    place = reader.offset
    let count = Int(try reader.u16())
    try checkLevels(count, at: place)
    var detection = Detection(keyPoints: keyPoints, levels: [])
    for _ in 0..<count {
      let scores = try ModelOutput.value(&reader, &fields)
      let boxes = try ModelOutput.value(&reader, &fields)
      var level = Level(scores: scores, boxes: boxes, anchors: [])
      place = reader.offset
      let anchors = Int(try reader.u16())
      try checkAnchors(anchors, at: place)
      for _ in 0..<anchors {
        level.anchors.append(Anchor(width: try side(&reader), height: try side(&reader)))
      }
      detection.levels.append(level)
    }
    return detection
  }

  private static func side(_ reader: inout ByteReader) throws(FormatError) -> Float {
    let place = reader.offset
    let side = try reader.f32()
    try checkSide(side, at: place)
    return side
  }

  private static func checkKeyPoints(_ count: Int, at place: UInt64? = nil) throws(FormatError) {
    guard (0...Limits.keyPoints).contains(count) else {
      throw FormatError(
        .value, at: place, "A detection has \(count) key points; at most \(Limits.keyPoints) are allowed.")
    }
  }

  private static func checkLevels(_ count: Int, at place: UInt64? = nil) throws(FormatError) {
    guard (1...Limits.levels).contains(count) else {
      throw FormatError(
        .limit, at: place, "A detection has \(count) levels; 1 to \(Limits.levels) are allowed.")
    }
  }

  private static func checkAnchors(_ count: Int, at place: UInt64? = nil) throws(FormatError) {
    guard (1...Limits.anchors).contains(count) else {
      throw FormatError(
        .limit, at: place, "A level has \(count) anchors; 1 to \(Limits.anchors) are allowed.")
    }
  }

  private static func checkSide(_ side: Float, at place: UInt64? = nil) throws(FormatError) {
    guard side.isFinite, side >= 0x1p-126 else {
      throw FormatError(.value, at: place, "A side of an anchor must be a finite number of at least 2^-126.")
    }
  }

  fileprivate func check() throws(FormatError) {
    try Self.checkKeyPoints(keyPoints)
    try Self.checkLevels(levels.count)
    for level in levels {
      try Self.checkAnchors(level.anchors.count)
      for anchor in level.anchors {
        try Self.checkSide(anchor.width)
        try Self.checkSide(anchor.height)
      }
    }
  }

  fileprivate func write(_ writer: inout ByteWriter) {
    writer.u8(Self.linear)
    writer.u8(0)
    writer.u16(UInt16(keyPoints))
    writer.u16(UInt16(levels.count))
    for level in levels {
      writer.u16(UInt16(level.scores))
      writer.u16(UInt16(level.boxes))
      writer.u16(UInt16(level.anchors.count))
      for anchor in level.anchors {
        writer.f32(anchor.width)
        writer.f32(anchor.height)
      }
    }
  }
}
