internal import FermRuntime
internal import Foundation

/// FER2013's original layout: a CSV file with the columns `emotion`, `pixels` (2,304 numbers) and `Usage`.
///
/// The file is mapped, and its lines are read by all threads: 266 MB take about a second.
struct FaceTable: Sendable {
  static let side = 48
  private static let usages = ["Training": "train", "PublicTest": "public", "PrivateTest": "private"]

  private(set) var splits: [String: [LabelledFace]] = [:]
  private(set) var bad: [String] = []
  private let bytes: Data

  /// Reads labels and usages, and remembers where the pixels are.
  ///
  /// - Throws: `data`, naming the line at fault unless `skipsBad`.
  init(path: String, skipsBad: Bool, workers: Workers) throws(TrainError) {
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
      throw .data("\(path): the file cannot be read: \(error.localizedDescription)")
    }
    let file = bytes
    let found = try Self.reading(file) { raw throws(TrainError) in
      let lines = Self.lines(raw)
      guard let first = lines.first else { throw .data("\(path): the file is empty.") }
      let columns = try Columns(raw[first.bytes], path)
      let rows = Gathered<Row>(count: lines.count - 1)
      workers.forEach(min(64, lines.count - 1)) { piece in
        let pieces = min(64, lines.count - 1)
        for i in ((lines.count - 1) * piece / pieces)..<((lines.count - 1) * (piece + 1) / pieces) {
          rows.set(i, columns.row(raw, lines[i + 1].bytes))
        }
      }
      return rows.all.enumerated().map { (lines[$0 + 1].number, $1) }
    }
    for (number, row) in found {
      switch row {
      case .face(let label, let usage, let pixels):
        splits[usage, default: []].append(
          LabelledFace(path: path, label: label, line: (number, pixels)))
      case .bad(let sentence):
        let text = "\(path), line \(number): \(sentence)"
        guard skipsBad else { throw .data(text + Self.wayOn) }
        bad.append(text)
      case nil: break
      }
    }
    guard !splits.isEmpty else { throw .data("\(path): there are no faces in it.") }
  }

  static let wayOn = " Mend it, or add --skip-bad to go on without such faces."

  /// The pixels of a line, `[48][48]`.
  func pixels(_ face: LabelledFace) throws(FaceDecodingError) -> DecodedFace {
    guard let place = face.line?.pixels else { throw FaceDecodingError("the face is no line of the table.") }
    let count = Self.side * Self.side
    return try Self.reading(bytes) { raw throws(FaceDecodingError) in
      var pixels: [UInt8] = []
      pixels.reserveCapacity(count)
      var value = -1
      for byte in raw[place] {
        if byte >= 0x30 && byte <= 0x39 {
          value = max(value, 0) * 10 + Int(byte - 0x30)
          guard value <= 255 else {
            throw FaceDecodingError("pixel \(pixels.count + 1) is more than 255.")
          }
        } else if byte == 0x20 {
          if value >= 0 { pixels.append(UInt8(value)) }
          value = -1
        } else {
          throw FaceDecodingError("pixel \(pixels.count + 1) is no number from 0 to 255.")
        }
      }
      if value >= 0 { pixels.append(UInt8(value)) }
      guard pixels.count == count else {
        throw FaceDecodingError("it has \(pixels.count) pixels where 48x48 = \(count) are needed.")
      }
      return DecodedFace(pixels: pixels, width: Self.side, height: Self.side, channels: 1)
    }
  }

  /// `Data`'s own access loses the type of what is thrown.
  private static func reading<T, E: Error>(
    _ bytes: Data, _ body: (UnsafeRawBufferPointer) throws(E) -> T
  ) throws(E) -> T {
    let result: Result<T, E> = bytes.withUnsafeBytes { raw in
      do throws(E) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private enum Row {
    case face(label: Int, usage: String, pixels: Range<Int>)
    case bad(String)
  }

  /// Lines that are not empty, without their ends.
  private static func lines(_ raw: UnsafeRawBufferPointer) -> [(number: Int, bytes: Range<Int>)] {
    guard let base = raw.baseAddress else { return [] }
    var lines: [(number: Int, bytes: Range<Int>)] = []
    var (start, number) = (0, 0)
    while start < raw.count {
      number += 1
      let end = memchr(base + start, 0x0A, raw.count - start).map { base.distance(to: UnsafeRawPointer($0)) }
      let next = end ?? raw.count
      let stop = next > start && raw[next - 1] == 0x0D ? next - 1 : next
      if stop > start { lines.append((number, start..<stop)) }
      start = next + 1
    }
    return lines
  }

  /// Which field of a line holds what.
  private struct Columns {
    let count: Int
    let emotion: Int
    let pixels: Int
    let usage: Int?

    init(_ head: Slice<UnsafeRawBufferPointer>, _ path: String) throws(TrainError) {
      let text = String(decoding: head, as: UTF8.self)
      let names = text.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"\u{FEFF}")).lowercased()
      }
      guard let emotion = names.firstIndex(of: "emotion"), let pixels = names.firstIndex(of: "pixels") else {
        throw .data(
          "\(path), line 1: it must name the columns emotion, pixels and Usage; it begins \(text.prefix(40))."
        )
      }
      (count, self.emotion, self.pixels) = (names.count, emotion, pixels)
      usage = names.firstIndex(of: "usage")
    }

    func row(_ raw: UnsafeRawBufferPointer, _ line: Range<Int>) -> Row {
      var fields: [Range<Int>] = []
      var start = line.lowerBound
      while let base = raw.baseAddress,
        let comma = memchr(base + start, 0x2C, line.upperBound - start)
      {
        let end = base.distance(to: UnsafeRawPointer(comma))
        fields.append(trimmed(raw, start..<end))
        start = end + 1
      }
      fields.append(trimmed(raw, start..<line.upperBound))
      guard fields.count == count else {
        return .bad("it has \(fields.count) fields where the first line names \(count).")
      }
      let stated = String(decoding: raw[fields[emotion]].prefix(24), as: UTF8.self)
      guard let label = Int(stated), FaceData.fer2013.indices.contains(label) else {
        return .bad("the emotion is \(stated); FER2013's are 0 (angry) to 6 (neutral).")
      }
      guard let usage else { return .face(label: label, usage: "train", pixels: fields[pixels]) }
      let name = String(decoding: raw[fields[usage]].prefix(24), as: UTF8.self)
      guard let split = FaceTable.usages[name] else {
        return .bad("the Usage is \(name); it must be Training, PublicTest or PrivateTest.")
      }
      return .face(label: label, usage: split, pixels: fields[pixels])
    }

    /// Without spaces and quotes around it.
    private func trimmed(_ raw: UnsafeRawBufferPointer, _ field: Range<Int>) -> Range<Int> {
      var (start, end) = (field.lowerBound, field.upperBound)
      while start < end, raw[start] == 0x20 || raw[start] == 0x22 { start += 1 }
      while end > start, raw[end - 1] == 0x20 || raw[end - 1] == 0x22 { end -= 1 }
      return start..<end
    }
  }
}
