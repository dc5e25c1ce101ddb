import FermFiles
import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Face data")
struct FaceDataTests {
  private struct NoDecoder: FaceDecoder {
    func isImage(_ path: FilePath) -> Bool { path.text.hasSuffix(".png") }
    func decode(_ path: FilePath) throws(FaceDecodingError) -> DecodedFace { throw FaceDecodingError("none") }
  }

  /// A face whose pixels count up from `first`.
  private func pixels(_ first: Int, count: Int = 2304) -> String {
    (0..<count).map { "\((first + $0) % 256)" }.joined(separator: " ")
  }

  private func table(_ text: String) throws -> String {
    let path = try Support.temporaryFolder() + "/faces.csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func load(_ path: String, skipsBad: Bool = false) throws -> (
    data: FaceData, sets: [String: FaceSet]
  ) {
    let workers = try Workers(count: 2)
    let data = try FaceData(path: path, skipsBad: skipsBad, decoder: NoDecoder(), workers: workers)
    var sets: [String: FaceSet] = [:]
    for (name, faces) in data.splits {
      sets[name] = try FaceSet(
        faces, of: data, preprocessor: Preprocessor(.greyFaces((48, 40))), workers: workers,
        skipsBad: skipsBad)
    }
    return (data, sets)
  }

  @Test(
    "FER2013's table is read in every dialect that is about",
    arguments: [
      ("emotion,pixels,Usage\n", "0,@,Training\n3,#,PublicTest\n6,@,PrivateTest\n"),
      ("emotion, Usage, pixels\r\n", "0,Training,@\r\n3,PublicTest,#\r\n6,PrivateTest,@"),
      ("\u{FEFF}emotion;pixels;Usage\n", "0;@;Training\n3;#;publictest\n6;@;PrivateTest\n"),
      (
        "\"emotion\",\"pixels\",\"Usage\"\n",
        "\"0\",\"@\",\"Training\"\n\n\"3\",\"#\",\"PublicTest\"\n6,@,PrivateTest\n"
      ),
    ])
  func dialects(head: String, rows: String) throws {
    let text =
      head
      + rows.replacingOccurrences(of: "@", with: pixels(0)).replacingOccurrences(of: "#", with: pixels(7))
    let (data, sets) = try load(try table(text))
    #expect(data.classes == FaceData.fer2013)
    #expect(sets["train"]?.labels == [0] && sets["public"]?.labels == [3] && sets["private"]?.labels == [6])
    #expect(sets["public"]?.faces[0].pixels == (0..<2304).map { UInt8((7 + $0) % 256) })
  }

  @Test(
    "a line that cannot be used is named, and can be left out",
    arguments: [
      ("9,@,Training", "line 3: the emotion is 9"), ("x,@,Training", "line 3: the emotion is x"),
      ("1,@", "line 3: it has 2 fields where the first line names 3"),
      ("1,@,Test", "line 3: the Usage is Test"), ("1,@ 7,Training", "line 3: it has 2305 pixels"),
      ("1,!,Training", "line 3: it has 2256 pixels where 48x48 = 2304"),
      ("1,@x,Training", "line 3: pixel 2304 is no number"),
      ("1,@ 256,Training", "line 3: pixel 2305 is more"),
      ("1,@,Training,2", "line 3: it has more fields where the first line names 3"),
    ])
  func badLines(line: String, sentence: String) throws {
    let line = line.replacingOccurrences(of: "@", with: pixels(3)).replacingOccurrences(
      of: "!", with: pixels(3, count: 47 * 48))
    let path = try table("emotion,pixels,Usage\n0,\(pixels(0)),Training\n\(line)\n2,\(pixels(1)),Training\n")
    do {
      _ = try load(path)
      Issue.record("the table was taken")
    } catch let error as TrainError {
      #expect(error.description.contains("\(path), \(sentence)") && error.description.contains("--skip-bad"))
    }
    let (data, sets) = try load(path, skipsBad: true)
    #expect(sets["train"]?.labels == [0, 2])
    #expect((data.bad + (sets["train"]?.bad ?? [])).count == 1)
  }

  @Test(
    "a table without a head, faces or the right columns is refused",
    arguments: ["", "a,b\n1,2\n", "emotion,pixels,Usage\n"])
  func badTables(text: String) throws {
    let path = try table(text)
    #expect(throws: TrainError.self) {
      try FaceData(path: path, decoder: NoDecoder(), workers: Workers(count: 1))
    }
  }

  @Test("more classes than an evaluation counts by pairs are refused in words")
  func manyClasses() throws {
    let head = "emotion,pixels,Usage\n"
    let data = try FaceData(
      path: try table(head + "0,\(pixels(0)),Training\n"), decoder: NoDecoder(), workers: Workers(count: 1))
    let more = (data.classes.count..<Evaluation.mostClasses).map { "class \($0)" }
    #expect(try data.labelled(as: data.classes + more, of: "m.ferm").classes.count == Evaluation.mostClasses)
    let refused = #expect(throws: TrainError.self) {
      try data.labelled(as: data.classes + more + ["one more"], of: "m.ferm")
    }
    #expect(refused?.description.hasPrefix("m.ferm has 1025 classes") == true)
  }

  @Test("equal faces are found across splits and within one")
  func duplicates() throws {
    var train = ToyFaces.set(5)
    train.append(train.faces[1], label: train.labels[1], name: "again")
    train.append(train.faces[2], label: 0, name: "contradicting")
    var validation = ToyFaces.set(3, from: 10)
    validation.append(train.faces[4], label: train.labels[4], name: "seen")
    let found = Duplicates(train: train, validation: validation)
    #expect(found.repeated == 2 && found.contradicting == 1)
    #expect(found.across.count == 1 && found.across[0].validation == 3 && found.across[0].train == 4)
    #expect(train.digest != ToyFaces.set(5).digest && ToyFaces.set(5).digest == ToyFaces.set(5).digest)
  }

  @Test("weights are taken over by name, and another label set gets a new last layer")
  func transfer() throws {
    let (network, model) = try Support.tinyModel()
    let path = try Support.temporaryFolder() + "/tiny.ferm"
    try model.write(to: path)
    let transfer = try Transfer(path: path)
    let same = SmallVGG(classes: 3, width: 0.0625, seed: 9)
    _ = try transfer.load(into: same, labels: ["no", "maybe", "yes"])
    for (a, b) in zip(network.parameters, same.parameters) { #expect(a.value.values == b.value.values) }
    let other = SmallVGG(classes: 5, width: 0.0625, seed: 9)
    let report = try transfer.load(into: other, labels: ["a", "b", "c", "d", "e"])
    #expect(report.contains("lin2.weight and lin2.bias begin afresh for 5 classes"))
    for (a, b) in zip(network.parameters.dropLast(2), other.parameters.dropLast(2)) {
      #expect(a.value.values == b.value.values)
    }
    let renamed = SmallVGG(classes: 3, width: 0.0625, seed: 9)
    #expect(try transfer.load(into: renamed, labels: ["x", "y", "z"]).contains("afresh"))
    #expect(throws: TrainError.self) {
      try transfer.load(into: SmallVGG(classes: 3, width: 0.125, seed: 9), labels: ["no", "maybe", "yes"])
    }
    #expect(throws: TrainError.self) { try transfer.load(into: VGG(classes: 3, seed: 0), labels: []) }
  }
}
