import TestSupport
import Testing

@testable import FermFormat

@Suite("Outputs")
struct OutputTests {
  /// `[2, 4, 4]` scores (value 1) and `[8, 4, 4]` boxes (2) of a map, a vector of 16 (4), and 3 scores of that (5).
  static func model(outputs: [ModelOutput]? = nil, labels: Int = 3) throws -> Model {
    let nodes = [
      Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [0]),
      Node(.convolution(Convolution(weight: 1, bias: nil)), inputs: [0]),
      Node(.relu(ReLU()), inputs: [0]), Node(.flatten(Flatten()), inputs: [3]),
      Node(.linear(Linear(weight: 2, bias: nil)), inputs: [4]),
    ]
    func weight(_ name: String, _ shape: Shape) throws -> Model.Weight {
      try Model.Weight(name: name, shape: shape, floats: Support.numbers(shape.count, seed: 1))
    }
    return Model(
      name: "many",
      preprocessing: Preprocessing(resized: Extent(4), cropped: Extent(4), scale: [1 / 255], offset: [0]),
      labels: LabelSet(names: (0..<labels).map { "label \($0)" }), graph: Graph(nodes: nodes),
      tensors: [
        try weight("a", Shape(2, 1, 1, 1)), try weight("b", Shape(8, 1, 1, 1)),
        try weight("c", Shape(3, 16)),
      ], outputs: outputs)
  }

  static let anchors = [
    Detection.Anchor(width: 1, height: 2), Detection.Anchor(width: 0.5, height: 0x1p-126),
  ]
  static var boxes: ModelOutput {
    ModelOutput(
      "boxes",
      .detection(
        Detection(keyPoints: 0, levels: [Detection.Level(scores: 1, boxes: 2, anchors: anchors)])))
  }
  static let scores = ModelOutput("scores", .scores(value: 5))
  static let face = ModelOutput("face", .embedding(value: 4))
  static var all: [ModelOutput] { [scores, boxes, face] }

  @Test("every kind comes back as it was written, and the file says that it needs outputs")
  func roundTrip() throws {
    let model = try Self.model(outputs: Self.all)
    let file = try ModelFile(bytes: try model.encoded())
    try file.verify()
    #expect(file.outputs == Self.all)
    #expect(file.features == .outputs && file.version == (1, 1))
    #expect(try file.loadModel().outputs == Self.all)
    #expect(try file.loadModel().encoded() == model.encoded())
    #expect(file.parts[6].type == "OUTP")
    // All that is named lives to the end.
    #expect(file.facts.lastUse == [2, 5, 5, 3, 5, 5])
    #expect(file.facts.outputElements(file.outputs) == 3 + 2 * 16 + 8 * 16 + 16)
  }

  @Test("a file whose one output is class scores by the last node does not say so")
  func plain() throws {
    let model = try Support.tinyModel().model
    var same = model
    same.outputs = [ModelOutput("scores", .scores(value: model.graph.nodes.count))]
    #expect(try same.encoded() == model.encoded())
    let file = try ModelFile(bytes: try model.encoded())
    #expect(file.features.isEmpty && file.version == (1, 0) && file.outputs == model.outputs)
    // They follow the graph.
    same.graph.nodes.append(Node(.relu(ReLU()), inputs: [same.graph.nodes.count]))
    #expect(same.outputs.first?.values == [same.graph.nodes.count])
    same.outputs[0].name = "other"
    #expect(try ModelFile(bytes: same.encoded()).features == .outputs)
  }

  @Test("a network without class scores has no labels, and one with labels has class scores")
  func labels() throws {
    let model = try Self.model(outputs: [Self.boxes, Self.face, Self.embedded], labels: 0)
    let file = try ModelFile(bytes: try model.encoded())
    #expect(file.labels.names.isEmpty)
    for (outputs, labels) in [([Self.boxes, Self.face, Self.embedded], 3), (Self.all, 0), (Self.all, 2)] {
      #expect(throws: FormatError.self) { try Self.model(outputs: outputs, labels: labels).encoded() }
    }
    #expect(throws: FormatError.self) { try Self.model(labels: 0).encoded() }
  }
  private static let embedded = ModelOutput("last", .embedding(value: 5))

  private static func detection(_ change: (inout Detection) -> Void) -> ModelOutput {
    guard case .detection(var detection) = boxes.kind else { return boxes }
    change(&detection)
    return ModelOutput("boxes", .detection(detection))
  }

  // Made anew each time: leak detection cannot follow pointers in the cases of a global's enums.
  static var wrong: [(outputs: [ModelOutput], code: FormatError.Code, part: String)] {
    [
      ([], .limit, "0 outputs"),
      ((0..<17).map { ModelOutput("o\($0)", .embedding(value: 5)) }, .limit, "17 outputs"),
      ([scores, ModelOutput("scores", .embedding(value: 4)), boxes], .value, "appears twice"),
      ([ModelOutput("two words", .scores(value: 5))], .value, "plain name"),
      ([scores, ModelOutput("more", .scores(value: 5))], .value, "Two outputs are class scores"),
      ([ModelOutput("s", .scores(value: 0))], .graph, "value 0"),
      ([ModelOutput("s", .scores(value: 6))], .graph, "value 6"),
      ([ModelOutput("s", .scores(value: -1))], .graph, "value -1"),
      ([ModelOutput("s", .scores(value: 4)), boxes], .graph, "3 labels need as many"),
      ([scores, ModelOutput("e", .embedding(value: 3))], .graph, "must be a vector"),
      ([scores, face], .graph, "Value 1 is never used"),
      ([boxes, face], .graph, "no output is class scores"),
      ([scores, face, detection { $0.keyPoints = 65 }], .value, "65 key points"),
      ([scores, face, detection { $0.keyPoints = -1 }], .value, "-1 key points"),
      ([scores, face, detection { $0.keyPoints = 1 }], .graph, "where 12x4x4 is needed"),
      ([scores, face, detection { $0.levels = [] }], .limit, "0 levels"),
      (
        [scores, face, detection { $0.levels += [Detection.Level](repeating: $0.levels[0], count: 8) }],
        .limit,
        "9 levels"
      ),
      ([scores, face, detection { $0.levels[0].anchors = [] }], .limit, "0 anchors"),
      ([scores, face, detection { $0.levels[0].anchors.removeLast() }], .graph, "a map of 1 channels"),
      ([scores, face, detection { $0.levels[0].anchors[1].width = 0 }], .value, "side of an anchor"),
      (
        [scores, face, detection { $0.levels[0].anchors[0].height = .infinity }], .value, "side of an anchor"
      ),
      ([scores, face, detection { $0.levels[0].boxes = 1 }], .graph, "where 8x4x4 is needed"),
      ([scores, face, detection { $0.levels[0].scores = 4 }], .graph, "a map of 2 channels"),
    ]
  }

  @Test("what no reader takes is not written", arguments: wrong.indices)
  func refusals(index: Int) throws {
    let (outputs, code, part) = Self.wrong[index]
    let model = try Self.model(outputs: outputs)
    do throws(FormatError) {
      _ = try model.encoded()
      Issue.record("written: \(part)")
    } catch {
      #expect(error.code == code && error.message.contains(part), "\(error)")
    }
  }

  @Test("self-tests hold the numbers of all outputs, and the digest the outputs")
  func selfTests() throws {
    var model = try Self.model(outputs: Self.all)
    let digest = try ModelFile(bytes: try model.encoded()).contentDigest()
    let numbers = Support.numbers(3 + 10 * 16 + 16, seed: 2)
    model.selfTests = [
      SelfTest(height: 1, width: 2, channels: 1, pixels: [1, 2], tolerance: 1, logits: numbers)
    ]
    let file = try ModelFile(bytes: try model.encoded())
    #expect(file.selfTests == model.selfTests)
    #expect(try file.contentDigest() == digest)
    var other = model
    other.outputs[2].name = "other"
    #expect(try ModelFile(bytes: try other.encoded()).contentDigest() != digest)
    model.selfTests[0].logits.removeLast()
    #expect(throws: FormatError.self) { try model.encoded() }
  }

  @Test(
    "labels up to 65,535 need a feature from 257 on", arguments: [(256, false), (257, true), (65_535, true)])
  func manyLabels(count: Int, needsFeature: Bool) throws {
    var model = try Self.model(labels: count)
    model.graph = Graph(nodes: [Node(.flatten(Flatten()), inputs: [0])])
    model.tensors = []
    model.preprocessing.resized = Extent(height: count <= 1024 ? 1 : 255, width: count <= 1024 ? count : 257)
    model.preprocessing.cropped = model.preprocessing.resized
    let file = try ModelFile(bytes: try model.encoded())
    #expect(file.labels == model.labels)
    #expect(file.features == (needsFeature ? .manyLabels : []))
    model.labels.names.append("one more")
    if count == 65_535 { #expect(throws: FormatError.self) { try model.labels.validate() } }
  }

  @Test("the first label that stands there twice is named, wherever its twin is")
  func repeated() throws {
    for (names, place) in [
      (["a", "b", "c"], nil), (["b", "a", "a", "b"], 2), (["c", "a", "b", "c", "a"], 3),
      (["a", "a", "a"], 1),
      (["caf\u{e9}", "cafe\u{301}"], nil), ([], nil),
    ] as [([String], Int?)] {
      #expect(try LabelSet.firstRepeated(names) == place, "\(names)")
    }
  }

  @Test("features have names, and those that this program does not know their bit")
  func features() {
    #expect(
      Features([.manyLabels, .operatorSet2, .outputs]).names == ["operator set 2", "outputs", "many labels"])
    #expect(Features(rawValue: 1 | 1 << 30).names == ["feature 0", "feature 30"])
  }

  @Test("a feature that the content does not need, or lacks, is refused at its place")
  func agreement() throws {
    func refusal(_ bytes: [UInt8], features: UInt8) -> FormatError? {
      var changed = bytes
      changed[12] = features
      do { _ = try ModelFile(bytes: changed) } catch { return error }
      return nil
    }
    let plain = try Support.tinyModel().model.encoded()
    let many = try Self.model(outputs: Self.all).encoded()
    for (bytes, features, code, place) in [
      (plain, 1, .unsupported, 12), (plain, 0x20, .unsupported, 12), (plain, 2, .value, 24),
      (many, 6, .value, 24), (many, 0, .unsupported, nil), (plain, 4, .structure, nil),
    ] as [([UInt8], UInt8, FormatError.Code, UInt64?)] {
      let error = refusal(bytes, features: features)
      #expect(error?.code == code, "\(features): \(String(describing: error))")
      if let place { #expect(error?.offset == place) }
    }
    #expect(refusal(plain, features: 0x21)?.message.contains("feature 0, feature 5") == true)
  }
}
