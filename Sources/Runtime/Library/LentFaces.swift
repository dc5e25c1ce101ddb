internal import CFerm
internal import FermFormat

/// The faces of a call, each a `ferm_face` of the program's version, which may be newer than the library's.
@safe struct LentFaces {
  // SAFETY: the caller lends `count` faces, `size` bytes apart, until the call returns; they need not be aligned.
  let start: UnsafeRawPointer
  let size: Int
  let count: Int

  /// Whether a program may say that its struct has so many bytes.
  static func isSize(_ size: Int) -> Bool { ferm_is_struct_size(size, MemoryLayout<ferm_face>.size) != 0 }

  /// - Throws: `unsupported` for a face of which this library does not know all.
  func face(_ i: Int) throws(FormatError) -> DetectedFace {
    try requireMemory(1 << 14)
    var known = ferm_face()
    let isKnown = unsafe ferm_copy_struct(&known, MemoryLayout<ferm_face>.size, start + i * size, size) != 0
    guard isKnown else {
      throw FormatError(
        .unsupported,
        "Face \(i) has a field that this library does not know; make it 0, or use a newer library.")
    }
    let box = FaceBox(
      x: Float(known.x), y: Float(known.y), width: Float(known.width), height: Float(known.height))
    var points: [Point] = []
    let count = max(0, min(Int(FERM_FACE_POINTS), known.point_count))
    unsafe withUnsafeBytes(of: &known.points) { bytes in
      for point in 0..<count {
        // SAFETY: the struct has room for that many points.
        let x = unsafe bytes.load(fromByteOffset: 16 * point, as: Double.self)
        let y = unsafe bytes.load(fromByteOffset: 16 * point + 8, as: Double.self)
        points.append(Point(x: Float(x), y: Float(y)))
      }
    }
    return DetectedFace(box: box, score: Float(known.score), points: points)
  }

  /// Writes a face as far as the program's struct goes; what only the program knows becomes 0.
  @unsafe static func write(_ face: DetectedFace, to place: UnsafeMutableRawPointer, size: Int) {
    var known = ferm_face()
    known.x = Double(face.box.x)
    known.y = Double(face.box.y)
    known.width = Double(face.box.width)
    known.height = Double(face.box.height)
    known.score = Double(face.score)
    known.point_count = min(Int(FERM_FACE_POINTS), face.points.count)
    unsafe withUnsafeMutableBytes(of: &known.points) { bytes in
      for (i, point) in face.points.prefix(Int(FERM_FACE_POINTS)).enumerated() {
        // SAFETY: the struct has room for that many points.
        unsafe bytes.storeBytes(of: Double(point.x), toByteOffset: 16 * i, as: Double.self)
        unsafe bytes.storeBytes(of: Double(point.y), toByteOffset: 16 * i + 8, as: Double.self)
      }
    }
    _ = unsafe ferm_copy_struct(place, size, &known, min(size, MemoryLayout<ferm_face>.size))
  }
}
