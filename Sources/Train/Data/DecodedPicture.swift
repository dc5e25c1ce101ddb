/// What became of a labelled face's picture.
enum DecodedPicture {
  case face(FaceSet.Face, width: Int, height: Int, digest: UInt64)
  case bad(String)

  /// The bytes of many, for other processes.
  static func bytes(_ all: [DecodedPicture]) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ number: UInt64) {
      for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(i)))) }
    }
    for picture in all {
      switch picture {
      case .face(let face, let width, let height, let digest):
        for number in [
          UInt64(face.channels), UInt64(width), UInt64(height), digest, UInt64(face.pixels.count),
        ] {
          put(number)
        }
        bytes += face.pixels
      case .bad(let sentence):
        put(0)
        put(UInt64(sentence.utf8.count))
        bytes += sentence.utf8
      }
    }
    return bytes
  }

  /// What ``bytes(_:)`` wrote; what is not whole is left out.
  static func read(_ bytes: [UInt8]) -> [DecodedPicture] {
    var (all, place): ([DecodedPicture], Int) = ([], 0)
    func number() -> UInt64? {
      guard place + 8 <= bytes.count else { return nil }
      defer { place += 8 }
      return (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
    }
    func text() -> ArraySlice<UInt8>? {
      guard let count = number(), count <= UInt64(bytes.count - place) else { return nil }
      defer { place += Int(count) }
      return bytes[place..<(place + Int(count))]
    }
    while let channels = number() {
      if channels == 0 {
        guard let sentence = text() else { break }
        all.append(.bad(String(decoding: sentence, as: UTF8.self)))
      } else {
        guard let width = number(), let height = number(), let digest = number(), let pixels = text() else {
          break
        }
        all.append(
          .face((Array(pixels), Int(channels)), width: Int(width), height: Int(height), digest: digest))
      }
    }
    return all
  }
}
