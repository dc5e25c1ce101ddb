import TestSupport
import Testing

@testable import FermFormat

@Suite("Lengths of nodes")
struct ListingTests {
  /// A node of set 2 between two of the first.
  private func model() -> Model {
    Model(
      name: "later",
      preprocessing: Preprocessing(resized: Extent(2), cropped: Extent(2), scale: [1 / 255], offset: [0]),
      labels: LabelSet(names: (0..<8).map { "\($0)" }),
      graph: Graph(nodes: [
        Node(.relu(ReLU()), inputs: [0]), Node(.concatenate(Concatenate()), inputs: [1, 0]),
        Node(.flatten(Flatten()), inputs: [2]),
      ]), tensors: [])
  }

  @Test("are written with a set above the first, and with no other")
  func written() throws {
    let file = try ModelFile(bytes: try model().encoded())
    #expect(file.features == .operatorSet2 && file.version == (1, 1))
    #expect(file.parts.map { $0.type }.contains("nLEN"))
    #expect(zip(file.nodeOffsets, file.nodeOffsets.dropFirst()).map { Int($1 - $0) } == [6, 8, 6])
    let plain = try ModelFile(bytes: try Support.tinyModel().model.encoded())
    #expect(!plain.parts.map { $0.type }.contains("nLEN"))
  }

  @Test("let a file be listed that asks for more, and no more than its records say")
  func listed() throws {
    var bytes = try model().encoded()
    bytes[12] |= 0x20
    let refused = #expect(throws: FormatError.self) { try ModelFile(bytes: bytes) }
    #expect(refused?.code == .unsupported && refused?.offset == 12)
    let listing = try FileListing(bytes: bytes)
    #expect(listing.features.names == ["operator set 2", "feature 5"])
    #expect(listing.head?.name == "later" && listing.head?.operatorSet == 2)
    #expect(listing.nodes.map { $0.name } == ["relu", "concatenate", "flatten"])
    #expect(
      listing.nodes.map { $0.inputs } == [[0], [1, 0], [2]] && listing.nodes.allSatisfy { $0.isKnown })
    // A file without a list of its nodes has none; one that is cut short has no listing.
    #expect(try FileListing(bytes: Support.tinyModel().model.encoded()).nodes.isEmpty)
    #expect(throws: FormatError.self) { try FileListing(bytes: Array(bytes.dropLast())) }
  }
}
