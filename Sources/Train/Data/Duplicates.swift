/// Equal faces, pixel for pixel: between splits they make an evaluation too kind, within one with two labels they
/// cannot be learnt.
public struct Duplicates: Sendable {
  /// Validation faces that are in the training set too: their places, and their twins' places there.
  public let across: [(validation: Int, train: Int)]
  /// Training faces that repeat an earlier one.
  public let repeated: Int
  /// Of those, the ones with another label than the earlier one.
  public let contradicting: Int

  /// Compares all faces.
  ///
  /// - Complexity: one pass over all pixels.
  public init(train: FaceSet, validation: FaceSet) {
    var first: [UInt64: [Int]] = [:]
    func twin(_ face: FaceSet.Face, _ key: UInt64) -> Int? {
      first[key]?.first { train.faces[$0].pixels == face.pixels }
    }
    var (repeated, contradicting) = (0, 0)
    for (i, face) in train.faces.enumerated() {
      let key = Self.digest(face.pixels)
      if let twin = twin(face, key) {
        repeated += 1
        if train.labels[twin] != train.labels[i] { contradicting += 1 }
      } else {
        first[key, default: []].append(i)
      }
    }
    var across: [(validation: Int, train: Int)] = []
    for (i, face) in validation.faces.enumerated() {
      if let twin = twin(face, Self.digest(face.pixels)) { across.append((i, twin)) }
    }
    (self.across, self.repeated, self.contradicting) = (across, repeated, contradicting)
  }

  /// FNV-1a over words of 8 bytes, finished by a mix.
  static func digest(_ pixels: [UInt8], from start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
    var state = start
    // SAFETY: words and the bytes after them lie within the pixels.
    unsafe pixels.withUnsafeBytes { raw in
      let words = raw.count / 8
      for i in 0..<words {
        let word = unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self))
        state = (state ^ word) &* 0x0000_0100_0000_01B3
        state ^= state >> 29
      }
      for i in (8 * words)..<raw.count { state = unsafe (state ^ UInt64(raw[i])) &* 0x0000_0100_0000_01B3 }
    }
    return RandomNumbers.mix(state)
  }
}

extension FaceSet {
  /// A number that stands for all pixels and labels in their order; a resumed run checks it.
  public var digest: UInt64 {
    var state: UInt64 = 0
    for (face, label) in zip(faces, labels) {
      state = RandomNumbers.mix(Duplicates.digest(face.pixels, from: state) &+ UInt64(label))
    }
    return state
  }
}
