internal import FermFormat

/// Texts as C sees them: each ends with NUL, and all stay in one place.
@safe struct Texts {
  private let bytes: AlignedBytes
  private let starts: [Int]

  init(_ texts: [String]) throws(FormatError) {
    try requireMemory(16 * texts.count + 1 << 16)
    var (starts, end) = ([Int](), 0)
    for text in texts {
      starts.append(end)
      end += text.utf8.count + 1
    }
    let bytes = try AlignedBytes(count: end)
    for (start, text) in zip(starts, texts) {
      for (i, byte) in text.utf8.enumerated() { unsafe bytes.mutableBytes[start + i] = byte }
    }
    (self.bytes, self.starts) = (bytes, starts)
  }

  var count: Int { starts.count }

  /// A text, valid as long as this value; nil if there is none of that number.
  subscript(_ i: Int) -> UnsafePointer<CChar>? {
    guard starts.indices.contains(i) else { return nil }
    return unsafe bytes.bytes.baseAddress.map { unsafe ($0 + starts[i]).assumingMemoryBound(to: CChar.self) }
  }

  /// The first text that is the same as one of C's, byte by byte.
  func firstIndex(of text: UnsafePointer<CChar>) -> Int? {
    starts.firstIndex { start in
      var place = start
      // SAFETY: both texts end with NUL, and the loop at the first of the two.
      while unsafe bytes.bytes[place] == UInt8(bitPattern: text[place - start]) {
        if unsafe bytes.bytes[place] == 0 { return true }
        place += 1
      }
      return false
    }
  }
}
