internal import CFerm
internal import FermFormat

/// What a file says of its model beside the network, as C sees it: the provenance by key, and then the notes.
struct Metadata {
  let keys: Texts
  let texts: Texts
  /// What each is: FERM_TEXT and so on.
  let kinds: [Int]

  init(_ file: ModelFile) throws(FormatError) {
    try requireMemory(128 * Limits.provenanceEntries + 1 << 16)
    var (keys, texts, kinds) = ([String](), [String](), [Int]())
    for entry in file.provenance.entries {
      let (text, kind) = words(for: entry.value)
      keys.append(entry.key)
      texts.append(text)
      kinds.append(kind)
    }
    for note in file.notes {
      keys.append(note.name)
      texts.append(note.text)
      kinds.append(Int(FERM_NOTE))
    }
    self.keys = try Texts(keys)
    self.texts = try Texts(texts)
    self.kinds = kinds
  }
}

/// A value as text, and what it is.
private func words(for value: Provenance.Value) -> (text: String, kind: Int) {
  switch value {
  case .string(let text): (text, Int(FERM_TEXT))
  case .integer(let number): ("\(number)", Int(FERM_INTEGER))
  case .real(let number): (decimal(number), Int(FERM_REAL))
  case .flag(let isSet): (isSet ? "true" : "false", Int(FERM_FLAG))
  }
}

/// A decimal number that is read as the same value again.
private func decimal(_ value: Double) -> String {
  unsafe String(unsafeUninitializedCapacity: Int(FERM_SHOWN_REAL)) { room in
    // SAFETY: the room has as many bytes as the callee may write.
    unsafe room.withMemoryRebound(to: CChar.self) { unsafe ferm_show_real(value, $0.baseAddress) }
  }
}
