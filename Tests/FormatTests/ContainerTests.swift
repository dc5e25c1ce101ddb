import FermFormat
import Foundation
import TestSupport
import Testing

@Suite("The container")
struct ContainerTests {
  @Test("what is written is read back", arguments: [Packing.stored, .fast, .smallest])
  func roundTrip(packing: Packing) throws {
    let model = try Support.tinyModel().model
    let file = try ModelFile(bytes: try model.encoded(packing: packing))
    try file.verify()
    let copy = try file.loadModel()
    #expect(copy.name == model.name)
    #expect(copy.preprocessing == model.preprocessing)
    #expect(copy.labels == model.labels)
    #expect(copy.graph == model.graph)
    #expect(copy.provenance == model.provenance)
    #expect(copy.tensors.map { $0.info } == model.tensors.map { $0.info })
    #expect(copy.tensors.map { $0.floats() } == model.tensors.map { $0.floats() })
  }

  @Test("the same model gives the same bytes")
  func deterministic() throws {
    #expect(try Support.tinyModel().model.encoded() == Support.tinyModel().model.encoded())
  }

  @Test("a file written to disk is the encoded bytes, and leaves no temporary file")
  func onDisk() throws {
    let model = try Support.tinyModel().model
    let folder = try Support.temporaryFolder()
    try model.write(to: "\(folder)/a.ferm")
    #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a.ferm"))) == (try model.encoded()))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.ferm"])
  }

  @Test("every truncation is refused")
  func truncation() throws {
    let bytes = try Support.tinyModel().model.encoded()
    let places = Array(0..<600) + stride(from: 600, to: bytes.count, by: 97)
    for count in places {
      #expect(throws: FormatError.self) { try ModelFile(bytes: Array(bytes[..<count])) }
    }
  }

  @Test("every flipped bit is found, and none crashes")
  func bitFlips() throws {
    let bytes = try Support.tinyModel().model.encoded()
    for place in Array(0..<1500) + stride(from: 1500, to: bytes.count, by: 61) {
      var damaged = bytes
      damaged[place] ^= UInt8(1 << (place % 8))
      #expect(throws: FormatError.self, "byte \(place)") { try ModelFile(bytes: damaged).verify() }
    }
  }

  @Test("bytes behind the end are refused")
  func trailing() throws {
    let bytes = try Support.tinyModel().model.encoded()
    #expect(throws: FormatError.self) { try ModelFile(bytes: bytes + [0]) }
  }

  @Test("a refusal names code and place")
  func errors() throws {
    let bytes = try Support.tinyModel().model.encoded()
    func refusal(_ change: (inout [UInt8]) -> Void) -> FormatError? {
      var damaged = bytes
      change(&damaged)
      do {
        _ = try ModelFile(bytes: damaged)
        return nil
      } catch { return error }
    }
    #expect(refusal { $0[0] = 0 }?.code == .signature)
    for place in [9, 12] {
      let error = refusal { $0[place] = 3 }
      #expect(error?.code == .unsupported && error?.offset == UInt64(place))
    }
    #expect(refusal { $0[15] = 0x80 }?.message.contains("before version 1 was final") == true)
    #expect(refusal { $0[24] = 9 }?.code == .checksum)
    #expect(refusal { $0[16] = 0x68 }?.code == .structure)
    #expect(refusal { $0 = Array("hello, I am a text".utf8) }?.message == "This is not a .ferm file.")
  }

  @Test("the digest is SHA-256 of all that comes before the last chunk")
  func digest() throws {
    let bytes = try Support.tinyModel().model.encoded(packing: .stored)
    let folder = try Support.temporaryFolder()
    try Data(bytes.dropLast(56)).write(to: URL(fileURLWithPath: "\(folder)/head"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = ["\(folder)/head"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let printed = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let stated = try ModelFile(bytes: bytes).statedDigest.map { String(format: "%02x", $0) }.joined()
    #expect(printed.hasPrefix(stated))
  }

  @Test(
    "a label that would steer a terminal is neither written nor read",
    arguments: ["a\u{1B}[2J", "\n", "x\u{9B}y"])
  func controlCharacters(label: String) throws {
    var model = try Support.tinyModel().model
    model.labels.names[1] = label
    #expect(throws: FormatError.self) { try model.encoded() }
    model.labels.names[1] = String(repeating: "q", count: label.utf8.count)
    var bytes = try model.encoded()
    let place = try #require(bytes.firstRange(of: model.labels.names[1].utf8)?.lowerBound)
    bytes.replaceSubrange(place..<(place + label.utf8.count), with: label.utf8)
    do {
      _ = try ModelFile(bytes: Support.repaired(bytes))
      Issue.record("accepted")
    } catch { #expect(error.code == .value && error.offset == UInt64(place - 2)) }
  }
}
