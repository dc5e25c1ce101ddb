import FermImage
import Foundation
import Testing

@Suite("Files")
struct FileTests {
  @Test("a file is decoded whatever its name says")
  func wrongExtension() throws {
    try withFolder { folder in
      let fixture = Fixture(name: "rgb8.png")
      try Data(fixture.bytes).write(to: folder.appending(path: "photo.jpg"))
      let image = try ImageDecoder().decode(path: folder.appending(path: "photo.jpg").path)
      #expect(try image.pixels == fixture.expected)
    }
  }

  @Test("a file whose name is not UTF-8 can be opened")
  func rawName() throws {
    try withFolder { folder in
      let path = Array(folder.path.utf8) + [0x2F, 0xFF, 0xFE, 0x2E, 0x6A, 0x70, 0x67]
      let fixture = Fixture(name: "grey8.png")
      let bytes = try fixture.bytes
      let descriptor = open(path.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT, 0o600)
      try #require(write(descriptor, bytes, bytes.count) == bytes.count)
      close(descriptor)
      #expect(try ImageDecoder().decode(path: path).pixels == fixture.expected)
    }
  }

  @Test("text called .jpg is of unknown type")
  func text() throws {
    try expect(.unknownType, forContent: Data("this is not a picture\n".utf8))
  }

  @Test("an empty file has its own error")
  func empty() throws {
    try expect(.empty, forContent: Data())
    #expect(throws: ImageError.empty) { try ImageDecoder().decode(bytes: []) }
  }

  @Test("a file too short for a signature is of unknown type")
  func short() throws {
    try expect(.unknownType, forContent: Data([0xFF, 0xD8]))
  }

  @Test("a file longer than any image within the limit is refused")
  func long() throws {
    try withFolder { folder in
      let file = folder.appending(path: "a.png")
      try Data(Fixture(name: "grey8.png").bytes).write(to: file)
      try #require(truncate(file.path, 100 << 20) == 0)
      #expect(
        throws: ImageError.tooLong(bytes: 100 << 20, limit: (64 << 20) + 8 * Fixture.width * Fixture.height)
      ) {
        try ImageDecoder(pixelLimit: 1000).decode(path: file.path)
      }
    }
  }

  @Test("a large file that only begins like a picture is not read to its end")
  func noHeader() throws {
    try withFolder { folder in
      let file = folder.appending(path: "a.jpg")
      try Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8)).write(to: file)
      try #require(truncate(file.path, 4 << 30) == 0)
      #expect(throws: ImageError.decode("no picture begins in its first 16777216 bytes")) {
        try ImageDecoder().decode(path: file.path)
      }
    }
  }

  @Test("a large file is counted before it is read, and decoded like a small one", arguments: [100, 3 << 20])
  func large(_ padding: Int) throws {
    try withFolder { folder in
      let file = folder.appending(path: "a.jpg")
      let bytes = try Fixture(name: "photo.jpg").bytes
      // As many application segments as fill the room before the frame.
      let segment: [UInt8] = [0xFF, 0xEB, 0xFF, 0xFF] + [UInt8](repeating: 7, count: 65_533)
      let segments = (0..<(padding / segment.count + 1)).flatMap { _ in segment }
      try Data(bytes[..<2] + segments + bytes[2...] + [UInt8](repeating: 1, count: 2 << 20)).write(to: file)
      let opened = try ImageDecoder().open(path: Array(file.path.utf8)) { _, _ in 2 }
      #expect(opened.memory > 2 << 20)
      #expect(try opened.decode() == ImageDecoder().open(bytes: bytes) { _, _ in 2 }.decode())
    }
  }

  @Test(
    "a path that names nothing is missing",
    arguments: ["/nowhere/a.jpg", "/etc/passwd/a.jpg", "", "/etc\0/passwd"])
  func missing(_ path: String) {
    #expect(throws: ImageError.missing) { try ImageDecoder().decode(path: path) }
  }

  @Test("a folder and a device are unreadable")
  func notRegular() {
    #expect(throws: ImageError.unreadable("it is a folder")) { try ImageDecoder().decode(path: "/") }
    #expect(throws: ImageError.unreadable("it is a device")) { try ImageDecoder().decode(path: "/dev/zero") }
  }

  @Test("a fifo does not hang", .timeLimit(.minutes(1)))
  func fifo() throws {
    try withFolder { folder in
      let path = folder.appending(path: "pipe.jpg").path
      try #require(mkfifo(path, 0o600) == 0)
      #expect(throws: ImageError.unreadable("it is a fifo")) { try ImageDecoder().decode(path: path) }
    }
  }

  @Test(
    "every error has a stable code and a sentence with a remedy",
    arguments: [
      (ImageError.missing, "missing"), (.unreadable("x"), "unreadable"), (.empty, "empty"),
      (.unknownType, "unknown-type"), (.decode("x"), "decode"),
      (.tooLarge(width: 2, height: 2, limit: 3), "too-large"), (.tooLong(bytes: 2, limit: 1), "too-large"),
      (.tooMuchMemory(bytes: 2, limit: 1), "too-large"), (.unwritable("x"), "unwritable"),
      (.sideTooLong(width: 1, height: 9, limit: 2), "too-large"),
    ])
  func codes(_ error: ImageError, _ code: String) {
    #expect(error.code == code)
    #expect(error.description.contains(": "))
  }

  private func expect(_ error: ImageError, forContent content: Data) throws {
    try withFolder { folder in
      let file = folder.appending(path: "a.jpg")
      try content.write(to: file)
      #expect(throws: error) { try ImageDecoder().decode(path: file.path) }
    }
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
