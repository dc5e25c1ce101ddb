internal import FermFormat

/// The part of the zip format that `torch.save` writes: entries that are stored, not compressed (APPNOTE.TXT 6.3).
///
/// As nothing is ever expanded and entries may not overlap, a file cannot grow in memory; as names are only looked up,
/// never used as paths, it cannot reach the disk. Odd names are refused all the same.
struct ZipArchive {
  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  private struct Entry {
    let bytes: Range<Int>
    let checksum: UInt32
    let isStored: Bool
  }

  private let file: ImportSource
  private var entries: [String: Entry] = [:]

  /// A longer directory is refused: a checkpoint has an entry for each tensor, under a short name.
  private static let largestDirectory = 16 << 20

  /// Reads the central directory.
  init(_ file: ImportSource) throws(ImportProblem) {
    self.file = file
    let (end, record) = try Self.endRecord(of: file)
    let (count, size, start) = (record.u16(10), record.u32(12), record.u32(16))
    guard count < 0xFFFF, size < 0xFFFF_FFFF, start < 0xFFFF_FFFF else {
      throw ImportProblem("the zip archive is larger than 4 GB, or has 65,535 entries or more.")
    }
    guard record.u16(4) == 0, record.u16(6) == 0, record.u16(8) == count, start + size <= end else {
      throw ImportProblem("the directory of the zip archive is damaged, or in more than one file.")
    }
    guard size <= Self.largestDirectory else {
      throw ImportProblem(
        "the directory of the zip archive has \(size) bytes; that of a checkpoint is short.")
    }
    let directory = try file.bytes(start..<(start + size))
    var place = 0
    for _ in 0..<count { try readEntry(directory, &place, dataEnd: start) }
    try checkOverlaps()
  }

  /// The names of all entries.
  var names: some Collection<String> { entries.keys }

  /// Refuses an archive with a compressed entry, as nothing of it is ever expanded.
  func checkStored() throws(ImportProblem) {
    if let name = entries.filter({ !$0.value.isStored }).keys.min() {
      throw ImportProblem("the zip entry \(name) is compressed, which torch.save never does.")
    }
  }

  /// How many bytes an entry has; nil when there is none of this name.
  func size(of name: String) -> Int? { entries[name]?.bytes.count }

  /// The bytes of an entry; nil when there is none of this name. The caller has looked at its size.
  func bytes(_ name: String) throws(ImportProblem) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    let bytes = try file.bytes(entry.bytes)
    var checksum = CRC32()
    unsafe bytes.withUnsafeBytes { unsafe checksum.add($0) }
    guard checksum.value == entry.checksum else {
      throw ImportProblem("the zip entry \(name) is damaged: its checksum does not match.")
    }
    return bytes
  }

  /// The end record and its place: it is last but for a comment of up to 65,535 bytes.
  private static func endRecord(of file: ImportSource) throws(ImportProblem) -> (place: Int, record: [UInt8])
  {
    let first = max(0, file.count - 22 - 0xFFFF)
    let tail = try file.bytes(first..<file.count)
    var place = tail.count - 22
    while place >= 0 {
      if tail.u32(place) == 0x0605_4B50 && place + 22 + tail.u16(place + 20) == tail.count {
        return (first + place, Array(tail[place...]))
      }
      place -= 1
    }
    throw ImportProblem("the zip archive has no directory; the file ends too early, copy it again.")
  }

  private mutating func readEntry(
    _ directory: [UInt8], _ place: inout Int, dataEnd: Int
  ) throws(ImportProblem) {
    guard place + 46 <= directory.count, directory.u32(place) == 0x0201_4B50 else {
      throw ImportProblem("the directory of the zip archive is damaged at its byte \(place).")
    }
    let (flags, method) = (directory.u16(place + 8), directory.u16(place + 10))
    let (packed, size) = (directory.u32(place + 20), directory.u32(place + 24))
    let header = directory.u32(place + 42)
    let nameLength = directory.u16(place + 28)
    let next = place + 46 + nameLength + directory.u16(place + 30) + directory.u16(place + 32)
    guard next <= directory.count,
      let name = String(validating: directory[(place + 46)..<(place + 46 + nameLength)], as: UTF8.self),
      Self.isPlain(name)
    else {
      throw ImportProblem(
        "the directory of the zip archive has an entry at its byte \(place) whose name is no plain path; no such file comes from torch.save."
      )
    }
    guard flags & 0x2041 == 0 else { throw ImportProblem("the zip entry \(name) is encrypted.") }
    guard header + 30 + nameLength <= dataEnd else {
      throw ImportProblem("the zip entry \(name) does not begin where the directory says.")
    }
    let local = try file.bytes(header..<(header + 30 + nameLength))
    guard local.u32(0) == 0x0403_4B50, local.u16(26) == nameLength else {
      throw ImportProblem("the zip entry \(name) does not begin where the directory says.")
    }
    let start = header + 30 + nameLength + local.u16(28)
    guard start + packed <= dataEnd, local[30...].elementsEqual(name.utf8) else {
      throw ImportProblem("the zip entry \(name) does not lie within the file as the directory says.")
    }
    let entry = Entry(
      bytes: start..<(start + packed), checksum: UInt32(directory.u32(place + 16)),
      isStored: method == 0 && packed == size)
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
}

extension [UInt8] {
  /// The little-endian numbers at a place that the caller has checked.
  fileprivate func u16(_ place: Int) -> Int { Int(self[place]) | Int(self[place + 1]) << 8 }
  fileprivate func u32(_ place: Int) -> Int { u16(place) | u16(place + 2) << 16 }
}
