internal import FermFiles
internal import Foundation

/// Which field of a line of FER2013's table holds what.
struct TableColumns: Sendable {
  /// What a line says.
  enum Row {
    case face(label: Int, split: FaceSplit, weight: Float, pixels: Result<[UInt8], FaceDecodingError>)
    case bad(String)
  }

  private static let usages: [String: FaceSplit] = [
    "training": .train, "publictest": .public, "privatetest": .private,
  ]

  private let separator: UInt8
  private let count: Int
  private let emotion: Int
  private let pixels: Int
  let usage: Int?
  let weight: Int?

  /// Reads the line that names the columns; it tells by what fields are separated: comma, semicolon or tab.
  init(_ head: ArraySlice<UInt8>, _ place: String) throws(TrainError) {
    let text = String(decoding: head.prefix(1 << 12), as: UTF8.self)
    let separator = [",", ";", "\t"].max { a, b in text.count { $0 == a } < text.count { $0 == b } } ?? ","
    let names = text.split(separator: separator, omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"\u{FEFF}")).lowercased()
    }
    guard let emotion = names.firstIndex(of: "emotion"), let pixels = names.firstIndex(of: "pixels") else {
      let missing = ["emotion", "pixels"].filter { !names.contains($0) }.joined(separator: " and ")
      throw .data(
        "\(place): the first line must name the columns emotion, pixels and Usage, and \(missing) \(names.contains("emotion") || names.contains("pixels") ? "is" : "are") missing; it begins \(String(text.prefix(40)).printable)."
      )
    }
    self.separator = UInt8(ascii: separator.unicodeScalars.first ?? ",")
    (count, self.emotion, self.pixels) = (names.count, emotion, pixels)
    usage = names.firstIndex(of: "usage")
    weight = names.firstIndex(of: "weight")
  }

  /// Reads a line.
  func row(_ line: ArraySlice<UInt8>) -> Row {
    var fields: [ArraySlice<UInt8>] = []
    var start = line.startIndex
    while let end = line[start...].firstIndex(of: separator) {
      fields.append(Self.trimmed(line[start..<end]))
      start = end + 1
      guard fields.count <= count else { break }
    }
    fields.append(Self.trimmed(line[start...]))
    guard fields.count == count else {
      let found = fields.count > count ? "more" : "\(fields.count)"
      return .bad("it has \(found) fields where the first line names \(count).")
    }
    let stated = String(decoding: fields[emotion].prefix(24), as: UTF8.self)
    guard let label = Int(stated), FaceData.fer2013.indices.contains(label) else {
      return .bad("the emotion is \(stated.printable); FER2013's are 0 (angry) to 6 (neutral).")
    }
    var split = FaceSplit.train
    if let usage {
      let name = String(decoding: fields[usage].prefix(24), as: UTF8.self)
      guard let known = Self.usages[name.lowercased()] else {
        return .bad("the Usage is \(name.printable); it must be Training, PublicTest or PrivateTest.")
      }
      split = known
    }
    var counts: Float = 1
    if let weight {
      let text = String(decoding: fields[weight].prefix(40), as: UTF8.self)
      guard let number = Lesson.weight(text) else { return .bad("the \(Lesson.weightFault(text))") }
      counts = number
    }
    do throws(FaceDecodingError) {
      return .face(
        label: label, split: split, weight: counts, pixels: .success(try Self.pixels(fields[pixels])))
    } catch { return .face(label: label, split: split, weight: counts, pixels: .failure(error)) }
  }

  private static func pixels(_ field: ArraySlice<UInt8>) throws(FaceDecodingError) -> [UInt8] {
    let count = FaceTable.side * FaceTable.side
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    var value = -1
    for byte in field {
      if byte >= 0x30 && byte <= 0x39 {
        value = max(value, 0) * 10 + Int(byte - 0x30)
        guard value <= 255 else { throw FaceDecodingError("pixel \(pixels.count + 1) is more than 255.") }
      } else if byte == 0x20 {
        if value >= 0 { pixels.append(UInt8(value)) }
        value = -1
      } else {
        throw FaceDecodingError("pixel \(pixels.count + 1) is no number from 0 to 255.")
      }
    }
    if value >= 0 { pixels.append(UInt8(value)) }
    guard pixels.count == count else {
      throw FaceDecodingError(
        "it has \(pixels.count) pixels where \(FaceTable.side)x\(FaceTable.side) = \(count) are needed.")
    }
    return pixels
  }

  /// Without spaces and quotes around it.
  private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isPadding(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x22 }
    var field = field
    while isPadding(field.first) { field.removeFirst() }
    while isPadding(field.last) { field.removeLast() }
    return field
  }
}
