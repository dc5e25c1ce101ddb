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
    func add(_ key: String, _ text: String, _ kind: Int) {
      keys.append(key)
      texts.append(text)
      kinds.append(kind)
    }
    for entry in file.provenance.entries {
      switch entry.value {
      case .string(let text): add(entry.key, text, Int(FERM_TEXT))
      case .integer(let number): add(entry.key, "\(number)", Int(FERM_INTEGER))
      case .real(let number): add(entry.key, shortest(number), Int(FERM_REAL))
      case .flag(let isSet): add(entry.key, isSet ? "true" : "false", Int(FERM_FLAG))
      }
    }
    for note in file.notes { add(note.name, note.text, Int(FERM_NOTE)) }
    self.keys = try Texts(keys)
    self.texts = try Texts(texts)
    self.kinds = kinds
  }
}

/// The shortest decimal number that is read as the same value again.
private func shortest(_ value: Double) -> String {
  unsafe String(unsafeUninitializedCapacity: Int(FERM_SHOWN_REAL)) { room in
    // SAFETY: the room has as many bytes as the callee may write.
    unsafe room.withMemoryRebound(to: CChar.self) { unsafe ferm_show_real(value, $0.baseAddress) }
  }
}
