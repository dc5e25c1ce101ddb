/// A named text for people and tools, such as a model card (spec 4.9); nothing in it changes what the network computes.
public struct Note: Equatable, Sendable {
  /// What the text is: a plain name, such as `card.md`.
  public var name: String
  /// The text.
  public var text: String

  /// Makes a note.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  static func read(_ reader: inout ByteReader) throws(FormatError) -> Note {
    let place = reader.offset
    let name = try reader.string(limit: Limits.nameBytes, what: "A note's name")
    guard name.isName else { throw FormatError(.value, at: place, "A note's name must be a plain name.") }
    let textPlace = reader.offset
    let count = reader.remaining
    guard count <= Limits.noteBytes else {
      throw FormatError(
        .limit, at: textPlace, "A note has \(count) bytes; at most \(Limits.noteBytes) are allowed.")
    }
    try requireMemory(count + 1 << 16)
    guard let text = reader.text(count) else {
      throw FormatError(.value, at: textPlace, "The note \(name) is not UTF-8 text.")
    }
    return Note(name: name, text: text)
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    guard name.isName else { throw FormatError(.value, "The note's name \(name) must be a plain name.") }
    let bytes = Array(text.utf8)
    guard bytes.count <= Limits.noteBytes else {
      throw FormatError(.limit, "The note \(name) has more than \(Limits.noteBytes) bytes.")
    }
    guard !bytes.contains(0) else { throw FormatError(.value, "The note \(name) contains a NUL byte.") }
    try writer.string(name, limit: Limits.nameBytes, what: "A note's name")
    writer.raw(bytes)
  }
}
