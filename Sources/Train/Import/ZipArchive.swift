internal import FermFormat
internal import Foundation

/// The part of the zip format that `torch.save` writes: entries that are stored, not compressed (APPNOTE.TXT 6.3).
///
/// As nothing is ever expanded and entries may not overlap, a file cannot grow in memory; as names are only looked up,
/// never used as paths, it cannot reach the disk. Odd names are refused all the same.
struct ZipArchive {
  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  private struct Entry {
    let bytes: Range<Int>
    let checksum: UInt32
  }

  private let file: Data
  private var entries: [String: Entry] = [:]

  /// Reads the central directory.
  init(_ file: Data) throws(ImportProblem) {
    self.file = file
    let end = try endRecord()
    let (count, size, start) = (u16(end + 10), u32(end + 12), u32(end + 16))
    guard count < 0xFFFF, size < 0xFFFF_FFFF, start < 0xFFFF_FFFF else {
      throw ImportProblem("the zip archive is larger than 4 GB, or has 65,535 entries or more.")
    }
    guard u16(end + 4) == 0, u16(end + 6) == 0, u16(end + 8) == count, start + size <= end else {
      throw ImportProblem("the directory of the zip archive is damaged, or in more than one file.")
    }
    var place = start
    for _ in 0..<count { try readEntry(&place, directoryEnd: start + size, dataEnd: start) }
    try checkOverlaps()
  }

  /// The names of all entries.
  var names: some Collection<String> { entries.keys }

  /// The bytes of an entry; nil when there is none of this name.
  func bytes(_ name: String) throws(ImportProblem) -> Data? {
    guard let entry = entries[name] else { return nil }
    let bytes = file[entry.bytes]
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.add($0) }
    guard checksum.value == entry.checksum else {
      throw ImportProblem("the zip entry \(name) is damaged: its checksum does not match.")
    }
    return bytes
  }

  /// Where the end record begins: it is last but for a comment of up to 65,535 bytes.
  private func endRecord() throws(ImportProblem) -> Int {
    var place = file.count - 22
    while place >= max(0, file.count - 22 - 0xFFFF) {
      if u32(place) == 0x0605_4B50 && place + 22 + u16(place + 20) == file.count { return place }
      place -= 1
    }
    throw ImportProblem("the zip archive has no directory; the file ends too early, copy it again.")
  }

  private mutating func readEntry(
    _ place: inout Int, directoryEnd: Int, dataEnd: Int
  ) throws(ImportProblem) {
    guard place + 46 <= directoryEnd, u32(place) == 0x0201_4B50 else {
      throw ImportProblem("the directory of the zip archive is damaged at byte \(place).")
    }
    let (flags, method) = (u16(place + 8), u16(place + 10))
    let (packed, size, header) = (u32(place + 20), u32(place + 24), u32(place + 42))
    let nameLength = u16(place + 28)
    let next = place + 46 + nameLength + u16(place + 30) + u16(place + 32)
    guard next <= directoryEnd,
      let name = String(data: file[(place + 46)..<(place + 46 + nameLength)], encoding: .utf8),
      Self.isPlain(name)
    else {
      throw ImportProblem(
        "the zip archive has an entry at byte \(place) whose name is no plain path; no such file comes from torch.save."
      )
    }
    guard flags & 0x2041 == 0 else { throw ImportProblem("the zip entry \(name) is encrypted.") }
    guard method == 0, packed == size else {
      throw ImportProblem("the zip entry \(name) is compressed, which torch.save never does.")
    }
    guard header + 30 <= dataEnd, u32(header) == 0x0403_4B50, u16(header + 26) == nameLength else {
      throw ImportProblem("the zip entry \(name) does not begin where the directory says.")
    }
    let start = header + 30 + nameLength + u16(header + 28)
    guard start + size <= dataEnd, file[(header + 30)..<(header + 30 + nameLength)].elementsEqual(name.utf8)
    else {
      throw ImportProblem("the zip entry \(name) does not lie within the file as the directory says.")
    }
    let entry = Entry(bytes: start..<(start + size), checksum: UInt32(u32(place + 16)))
    guard entries.updateValue(entry, forKey: name) == nil else {
      throw ImportProblem("the zip archive has two entries \(name).")
    }
    place = next
  }

  private func checkOverlaps() throws(ImportProblem) {
    var end = 0
    for (name, entry) in entries.sorted(by: { $0.value.bytes.lowerBound < $1.value.bytes.lowerBound }) {
      guard entry.bytes.lowerBound >= end else {
        throw ImportProblem("the zip entry \(name) overlaps another one.")
      }
      end = entry.bytes.upperBound
    }
  }

  /// Relative, with no way up.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("/")
      && !name.unicodeScalars.contains { $0 == "\\" || $0 == ":" || $0.value < 0x20 }
      && !name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
  }

  private func u16(_ place: Int) -> Int { Int(file[place]) | Int(file[place + 1]) << 8 }
  private func u32(_ place: Int) -> Int { u16(place) | u16(place + 2) << 16 }
}
