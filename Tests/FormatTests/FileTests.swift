import FermFiles
import Foundation
import Testing

/// A folder of its own for each test.
private struct Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "ferm-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func make(_ name: String, _ text: String = "") throws {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  func file(_ name: String) -> FilePath { FilePath("\(path)/\(name)") }
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// What a walk finds, as `name` or `name: reason`, relative to the folder.
  func walked() -> [String] {
    var walk = FolderWalk(FilePath(path))
    var found: [String] = []
    while let entry = walk.next() {
      switch entry {
      case .file(let file): found.append(String(file.text.dropFirst(path.count + 1)))
      case .folder(let folder): found.append("\(folder.text.dropFirst(path.count + 1))/")
      case .unreadable(let file, let reason):
        found.append("\(file.text.dropFirst(path.count + 1)): \(reason)")
      }
    }
    return found
  }
}

@Suite("Files and folders")
struct FileTests {
  @Test("an output appears when it is complete, and what was there stays until then")
  func replaced() throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.make("out", "before")
    do {
      let file = try OutputFile(folder.file("out"))
      try file.append(Array("after".utf8))
      #expect(try folder.text("out") == "before")
    }
    #expect(try folder.names == ["out"])
    #expect(try folder.text("out") == "before")
    try OutputFile.write(Array("after".utf8), to: folder.file("out"))
    #expect(try folder.text("out") == "after")
    #expect(try folder.names == ["out"])
  }

  @Test("an output that is an input is refused by whatever name it is called")
  func collision() throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.make("photo", "pixels")
    try folder.link("soft", to: "photo")
    try FileManager.default.linkItem(atPath: "\(folder.path)/photo", toPath: "\(folder.path)/hard")
    for name in [
      "photo", "soft", "hard", "./photo", "../\((folder.path as NSString).lastPathComponent)/photo",
    ] {
      #expect(throws: FileError.self, "\(name)") {
        try OutputFile(folder.file(name), unlike: [FilePath("elsewhere"), folder.file("photo")])
      }
    }
    #expect(try folder.text("photo") == "pixels")
    _ = try OutputFile(folder.file("new"), unlike: [folder.file("photo")])
  }

  @Test("a link is replaced, not followed; the rights of a file stay")
  func linked() throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.make("target", "kept")
    try folder.link("out", to: "target")
    try OutputFile.write(Array("new".utf8), to: folder.file("out"))
    #expect(try folder.text("target") == "kept")
    #expect(try folder.text("out") == "new")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder.path)/target")
    try OutputFile.write([], to: folder.file("target"))
    let rights = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/target")[.posixPermissions]
    #expect(rights as? Int == 0o600)
  }

  @Test("what a killed program left goes with the next writing, what a live one writes stays")
  func leftOver() throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.make("out.part-aaaaaa")
    try folder.make("out.part-longer-name")
    try folder.make("other.part-aaaaaa")
    let first = try OutputFile(folder.file("out"))
    let second = try OutputFile(folder.file("out"))
    #expect(try folder.names.count == 4)
    try first.commit()
    try second.commit()
    #expect(try folder.names == ["other.part-aaaaaa", "out", "out.part-longer-name"])
  }

  @Test("a device and an open descriptor are written as they are")
  func device() throws {
    try OutputFile.write([1, 2], to: FilePath("/dev/null"))
    #expect(FileIdentity(FilePath("/dev/null")) != nil)
  }

  @Test("names as long as a folder takes, and folders that are not there")
  func names() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let long = String(repeating: "n", count: 255)
    try OutputFile.write([1], to: folder.file(long))
    #expect(try folder.names == [long])
    let refused = #expect(throws: FileError.self) { try OutputFile(folder.file("no/where")) }
    #expect(refused?.message.hasSuffix("no/where: it cannot be written: No such file or directory.") == true)
    #expect(throws: FileError.self) { try OutputFile(FilePath(folder.path)) }
  }

  @Test("links to folders are followed, each folder once, and loops are named")
  func links() throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.make("a/1")
    try folder.make("pool/2")
    try folder.link("a/out", to: "/")
    try folder.link("a/up", to: "..")
    try folder.link("b", to: "pool")
    try folder.link("c", to: "pool")
    try folder.link("d", to: "a/1")
    try folder.link("gone", to: "nowhere")
    #expect(
      folder.walked() == [
        "a/", "a/1", "a/out: a link to a folder that it is in itself",
        "a/up: a link to a folder that it is in itself", "b/", "b/2",
        "c: a link to a folder that another link led to before", "d", "gone", "pool/", "pool/2",
      ])
  }

  @Test("a folder that cannot be listed is named with the system's reason")
  func missing() {
    var walk = FolderWalk(FilePath("no such folder"))
    guard case .unreadable(_, let reason) = walk.next() else {
      Issue.record("the folder was listed")
      return
    }
    #expect(reason == "No such file or directory")
  }

  @Test(
    "text for a terminal moves no cursor and hides nothing",
    arguments: [
      ("plain, grün, 日本", "plain, grün, 日本"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{1b}[31m", "\\x1b[31m"),
      ("\u{9b}31m", "\\x9b31m"), ("\u{202e}x", "\\u{202e}x"), ("e\u{301}|\u{301}", "e\u{301}|\u{301}"),
      ("\u{200b}\u{feff}\u{2028}", "\\u{200b}\\u{feff}\\u{2028}"), ("\u{fffe}\u{e000}", "\\u{fffe}\\u{e000}"),
    ])
  func printable(text: String, shown: String) { #expect(text.printable == shown) }

  @Test("a path that is not UTF-8 is shown byte by byte")
  func bytes() {
    #expect(FilePath(bytes: [0x61, 0xff, 0x0a, 0x5c]).printable == "a\\xff\\n\\")
    #expect(FilePath("").printable == "\"\"")
  }
}
