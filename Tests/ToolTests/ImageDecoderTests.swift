import FermImage
import Foundation
import TestSupport
import Testing

@Suite("Image decoding")
struct ImageDecoderTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Examples/faces/\(name)")))
  }

  @Test("colour PNG gives RGB, grey JPEG gives one channel")
  func kinds() throws {
    let colour = try ImageDecoder().decode(bytes: try bytes("astronaut-colour.png"))
    #expect(colour.width == 120 && colour.height == 140 && colour.channels == 3)
    let mirrored = try ImageDecoder().decode(bytes: try bytes("astronaut-mirrored.png"))
    #expect(Array(colour.pixels[0..<3]) == Array(mirrored.pixels[357..<360]))
    #expect(try ImageDecoder().decode(bytes: try bytes("astronaut-grey.jpg")).channels == 1)
  }

  @Test("every truncation is an error", arguments: ["astronaut-grey.jpg", "astronaut-small.png"])
  func truncation(name: String) throws {
    let whole = try bytes(name)
    // A JPEG may lack its last two bytes, the end marker, and still hold every pixel.
    for count in stride(from: 0, to: whole.count - 2, by: 23) {
      #expect(throws: ImageError.self, "\(count)") {
        try ImageDecoder().decode(bytes: Array(whole[..<count]))
      }
    }
  }

  @Test("damaged bytes never crash", arguments: ["astronaut-grey.jpg", "astronaut-small.png"])
  func damage(name: String) throws {
    let whole = try bytes(name)
    for place in stride(from: 0, to: whole.count, by: 17) {
      var damaged = whole
      damaged[place] ^= UInt8(1 << (place % 8))
      _ = try? ImageDecoder().decode(bytes: damaged)
    }
  }

  @Test("an image with too many pixels is refused by its header")
  func limit() throws {
    var header = try bytes("astronaut-small.png")
    for (i, byte) in [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60].enumerated() { header[16 + i] = UInt8(byte) }
    #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes: header) }
    let small = try bytes("astronaut-grey.jpg")
    #expect(throws: ImageError.tooLarge(width: 120, height: 140)) {
      try ImageDecoder(pixelLimit: 100).decode(bytes: small)
    }
  }

  @Test("a pipe and a folder are refused at once")
  func notAFile() throws {
    let folder = try Support.temporaryFolder()
    mkfifo("\(folder)/pipe.jpg", 0o600)
    #expect(throws: ImageError.self) { try ImageDecoder().decode(path: "\(folder)/pipe.jpg") }
    #expect(throws: ImageError.self) { try ImageDecoder().decode(path: folder) }
    #expect(throws: ImageError.missing) { try ImageDecoder().decode(path: "\(folder)/none") }
  }
}
