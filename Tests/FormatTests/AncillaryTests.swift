import FermFormat
import FermTrain
import Foundation
import TestSupport
import Testing

@Suite("Ancillary chunks")
struct AncillaryTests {
  @Test("self-tests and notes come back as they were written")
  func roundTrip() throws {
    var model = try Support.tinyModel().model
    model.selfTests = [
      SelfTest(
        height: 2, width: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 255], tolerance: 0.5, logits: [1, -2, 3]),
      SelfTest(height: 1, width: 1, channels: 3, pixels: [9, 8, 7], tolerance: 0, logits: [0, 0, 0]),
    ]
    model.notes = [Note(name: "card.md", text: "# Grüße\n"), Note(name: "empty", text: "")]
    let file = try ModelFile(bytes: try model.encoded())
    try file.verify()
    #expect(file.selfTests == model.selfTests)
    #expect(file.notes == model.notes)
    #expect(try file.loadModel().selfTests == model.selfTests)
    #expect(try file.loadModel().encoded() == (try model.encoded()))
  }

  @Test("what cannot be a self-test or a note is not written")
  func refusals() throws {
    let model = try Support.tinyModel().model
    let good = SelfTest(height: 1, width: 2, channels: 1, pixels: [1, 2], tolerance: 1, logits: [1, 2, 3])
    var bad: [SelfTest] = []
    for change in [
      { $0.pixels = [1] }, { $0.logits = [1, 2] }, { $0.logits[1] = .nan }, { $0.tolerance = -1 },
      { $0.channels = 2 }, { $0.height = 0 },
    ] as [(inout SelfTest) -> Void] {
      var test = good
      change(&test)
      bad.append(test)
    }
    for test in bad {
      var copy = model
      copy.selfTests = [test]
      #expect(throws: FormatError.self) { try copy.encoded() }
    }
    var copy = model
    copy.notes = [Note(name: "two words", text: "")]
    #expect(throws: FormatError.self) { try copy.encoded() }
  }

  @Test("a record that no reader would take is not written")
  func largeRecord() throws {
    var model = try Support.tinyModel().model
    let pixels = [UInt8](repeating: 1, count: 3 << 20)
    let test = SelfTest(
      height: 1024, width: 1024, channels: 3, pixels: pixels, tolerance: 1, logits: [1, 2, 3])
    model.selfTests = [SelfTest](repeating: test, count: 5)
    #expect(try ModelFile(bytes: model.encoded()).selfTests.count == 5)
    model.selfTests.append(test)
    let refused = #expect(throws: FormatError.self) { try model.encoded() }
    #expect(refused?.code == .limit)
  }

  @Test("crop rules come back in the order of their detectors, in a file of version 1.0")
  func cropRules() throws {
    var model = try Support.tinyModel().model
    let plain = try model.encoded()
    model.cropRules = [
      CropRule(detector: "b", side: 1.5, right: -0.25, down: 16, isLevel: true),
      CropRule(detector: "a", side: 0x1p-10),
    ]
    let file = try ModelFile(bytes: try model.encoded())
    try file.verify()
    #expect(file.cropRules == model.cropRules.reversed() && file.features.isEmpty && file.version == (1, 0))
    #expect(try file.contentDigest() == ModelFile(bytes: plain).contentDigest())
    #expect(try file.loadModel().encoded() == model.encoded())
    model.cropRules = []
    #expect(try model.encoded() == plain)
    for bad in [
      CropRule(detector: "", side: 1), CropRule(detector: "two words", side: 1),
      CropRule(detector: "a", side: 0),
      CropRule(detector: "a", side: .nan), CropRule(detector: "a", side: 1, right: 16.5),
      CropRule(detector: "a", side: 1, down: -.infinity),
    ] {
      model.cropRules = [bad]
      #expect(throws: FormatError.self, "\(bad)") { try model.encoded() }
    }
    model.cropRules = [CropRule](repeating: CropRule(detector: "a", side: 1), count: 2)
    #expect(throws: FormatError.self) { try model.encoded() }
  }

  @Test("a training state comes back bit for bit, and changes nothing else", arguments: [0, 1, 7, 300_001])
  func trainingState(count: Int) throws {
    let model = try Support.tinyModel().model
    let state = Support.numbers(count, seed: 3).map { UInt8(truncatingIfNeeded: $0.bitPattern >> 13) }
    for packing in [Packing.fast, .stored] {
      let bytes = try model.encoded(packing: packing, trainingState: state)
      let file = try ModelFile(bytes: bytes)
      try file.verify()
      #expect(file.hasTrainingState)
      #expect(try file.trainingState() == state)
      #expect(try file.contentDigest() == ModelFile(bytes: try model.encoded()).contentDigest())
      #expect(try file.loadModel().tensors.map { $0.floats() } == model.tensors.map { $0.floats() })
    }
    let plain = try ModelFile(bytes: try model.encoded())
    #expect(try !plain.hasTrainingState && plain.trainingState() == nil)
  }

  @Test("a damaged training state does not keep the model from running, and is found where it is wanted")
  func damagedState() throws {
    let model = try Support.tinyModel().model
    let (plain, whole) = (try model.encoded(), try model.encoded(trainingState: [UInt8](0..<200)))
    var damaged = whole
    damaged[plain.count - 56 + 30] ^= 1
    let file = try ModelFile(bytes: damaged)
    _ = try file.loadModel()
    #expect(throws: FormatError.self) { try file.trainingState() }
    #expect(throws: FormatError.self) { try file.verify() }
  }
}
