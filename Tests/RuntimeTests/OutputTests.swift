import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

/// What a network gives besides class scores, or instead of them.
@Suite("Outputs by name")
struct OutputTests {
  /// The small network, which gives the vector before its last layer, too.
  private func withEmbedding() throws -> Model {
    var model = try Support.tinyModel().model
    try model.addEmbedding("face")
    return model
  }

  private func inputs(_ model: Model, images: Int, seed: UInt64 = 5) -> [Float] {
    Support.numbers(images * model.preprocessing.inputShape.count, seed: seed)
  }

  /// What the trainer computes for a vector of a graph.
  private func reference(_ model: Model, value: Int, count: Int, input: [Float], images: Int) throws
    -> [Float]
  {
    var copy = model
    copy.outputs = [
      ModelOutput("it", .scores(value: value)),
      ModelOutput("last", .embedding(value: model.graph.nodes.count)),
    ]
    copy.labels = LabelSet(names: (0..<count).map { "\($0)" })
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    let shape = Shape([images] + model.preprocessing.inputShape.dimensions)
    return try GraphNetwork(copy)(tape.input(Tensor(input, shape: shape))).value.values
  }

  @Test("a model says what it gives, and without a word class scores")
  func descriptions() throws {
    let plain = try Plan(try Support.tinyModel().model)
    #expect(plain.outputs.map { $0.description } == ["scores (class scores, 3 numbers)"])
    let plan = try Plan(try withEmbedding())
    #expect(plan.outputs.map { $0.name } == ["scores", "face"])
    #expect(plan.outputs[0].shapes == [Shape(3)] && plan.outputs[0].isScores && !plan.outputs[0].isEmbedding)
    #expect(plan.outputs[1].shapes == [Shape(plan.outputs[1].count)] && plan.outputs[1].isEmbedding)
  }

  @Test("an embedding moves no bit of the logits", arguments: [1, 3, 64])
  func sameLogits(batch: Int) throws {
    let (plain, model) = (try Support.tinyModel().model, try withEmbedding())
    let input = inputs(model, images: 7)
    let logits = try Session(try Plan(plain), maxBatch: batch, threads: 2).logits(input)
    let session = try Session(try Plan(model), maxBatch: batch, threads: 2)
    #expect(try session.logits(input) == logits)
    let outputs = try session.outputs(input)
    #expect(outputs.count == 2 && outputs[0] == logits)
    #expect(outputs[1].count == 7 * session.plan.outputs[1].count && Set(outputs[1]).count > 20)
    #expect(try session.outputs(input) { $0.isEmbedding } == [outputs[1]])
    #expect(try session.outputs(input) { _ in false }.isEmpty)
    #expect(try session.outputs([]) == [[], []])
  }

  @Test("rows depend neither on threads nor on what else runs", arguments: [1, 4, 32])
  func sameBits(batch: Int) throws {
    let model = try withEmbedding()
    let plan = try Plan(model)
    let input = inputs(model, images: 33)
    let wanted = try Session(plan, maxBatch: batch, threads: 1).outputs(input)
    for threads in 2...3 {
      #expect(try Session(plan, maxBatch: batch, threads: threads).outputs(input) == wanted)
    }
    let session = try Session(plan, maxBatch: batch, threads: 2)
    let size = model.preprocessing.inputShape.count
    for image in [0, 17, 32] {
      let alone = try session.outputs(Array(input[(image * size)..<((image + 1) * size)]))
      for (rows, row) in zip(wanted, alone) {
        #expect(Array(rows[(image * row.count)..<((image + 1) * row.count)]) == row)
      }
    }
  }

  @Test(
    "any vectors of random networks are what the trainer computes, also those that nodes take or could be fused with",
    arguments: InstructionSet.allCases.filter { $0.isAvailable })
  func anyValue(instructions: InstructionSet) throws {
    var checked = 0
    for seed in 0..<60 {
      var random = RandomNumbers(seed: UInt64(seed))
      var model = try NetworkMaker.model((0..<120).map { _ in UInt8(random.next() & 0xFF) })
      let shapes = try model.validate().shapes
      let vectors = shapes.indices.dropFirst().filter { shapes[$0].rank == 1 }.prefix(14)
      // The last one twice: two names of one value.
      model.outputs =
        [.standard(for: model.graph)] + vectors.map { ModelOutput("v\($0)", .embedding(value: $0)) }
      model.outputs.append(ModelOutput("again", .embedding(value: model.graph.nodes.count)))
      let input = inputs(model, images: 3, seed: UInt64(seed))
      let outputs = try Session(try Plan(model, instructions: instructions), maxBatch: 3, threads: 2).outputs(
        input)
      #expect(outputs[0] == outputs[outputs.count - 1])
      for (value, rows) in zip(vectors, outputs.dropFirst()) {
        let wanted = try reference(model, value: value, count: shapes[value].count, input: input, images: 3)
        let largest = wanted.reduce(1e-3) { max($0, abs($1)) }
        #expect(rows.count == wanted.count)
        #expect(
          zip(rows, wanted).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "network \(seed), value \(value)")
        checked += 1
      }
    }
    #expect(checked > 100)
  }

  @Test("maps come channel by channel and row by row, whatever lies between their registers")
  func maps() throws {
    // 3 and 12 channels of 2 x 3 pixels, and the same values as vectors.
    let weights = try [("a", 3), ("b", 12)].map { name, outputs in
      try Model.Weight(
        name: name, shape: Shape(outputs, 1, 1, 1), floats: Support.numbers(outputs, seed: UInt64(outputs)))
    }
    let graph = Graph(nodes: [
      Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [0]),
      Node(.convolution(Convolution(weight: 1, bias: nil)), inputs: [0]),
      Node(.flatten(Flatten()), inputs: [1]), Node(.flatten(Flatten()), inputs: [2]),
    ])
    var model = Model(
      name: "maps",
      preprocessing: Preprocessing(
        resized: Extent(height: 2, width: 3), cropped: Extent(height: 2, width: 3), scale: [1], offset: [0]),
      labels: LabelSet(names: []), graph: graph, tensors: weights)
    let anchors = (1...3).map { Detection.Anchor(width: Float($0), height: 2) }
    model.outputs = [
      ModelOutput(
        "boxes", .detection(Detection(keyPoints: 0, levels: [.init(scores: 1, boxes: 2, anchors: anchors)]))),
      ModelOutput("a", .embedding(value: 3)), ModelOutput("b", .embedding(value: 4)),
    ]
    let input = inputs(model, images: 2)
    for instructions in InstructionSet.allCases where instructions.isAvailable {
      let session = try Session(try Plan(model, instructions: instructions), maxBatch: 2, threads: 1)
      #expect(session.plan.outputs[0].shapes == [Shape(3, 2, 3), Shape(12, 2, 3)])
      let outputs = try session.outputs(input)
      let (scores, boxes) = (weights[0].floats(), weights[1].floats())
      for image in 0..<2 {
        let pixels = input[(6 * image)..<(6 * image + 6)]
        let row = (scores + boxes).flatMap { weight in pixels.map { weight * $0 } }
        #expect(zip(outputs[0][(90 * image)..<(90 * image + 90)], row).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(
          Array(outputs[1][(18 * image)..<(18 * image + 18)])
            == Array(outputs[0][(90 * image)..<(90 * image + 18)]))
        #expect(
          Array(outputs[2][(72 * image)..<(72 * image + 72)])
            == Array(outputs[0][(90 * image + 18)..<(90 * image + 90)]))
      }
    }
  }

  @Test("a model without class scores says what it has")
  func withoutScores() throws {
    let weight = try Model.Weight(name: "w", shape: Shape(2, 4), floats: Support.numbers(8, seed: 1))
    var model = Model(
      name: "faces",
      preprocessing: Preprocessing(resized: Extent(2), cropped: Extent(2), scale: [1], offset: [0]),
      labels: LabelSet(names: []),
      graph: Graph(nodes: [
        Node(.flatten(Flatten()), inputs: [0]), Node(.linear(Linear(weight: 0, bias: nil)), inputs: [1]),
      ]), tensors: [weight])
    model.outputs = [ModelOutput("face", .embedding(value: 2)), ModelOutput("pixels", .embedding(value: 1))]
    let plan = try Plan(model)
    let session = try Session(plan, maxBatch: 1, threads: 1)
    let words =
      "The model faces has no class scores; its outputs are: face (embedding, 2 numbers), pixels (embedding, 4 numbers)."
    for call in [
      { _ = try session.logits([0, 0, 0, 0]) }, { _ = try session.uncheckedLogits([]) },
      { _ = try session.probabilities(ofInputs: [0, 0, 0, 0]) }, { _ = try GraphNetwork(model) },
    ] as [() throws -> Void] {
      #expect {
        try call()
      } throws: { error in
        (error as? FormatError).map { $0.code == .unsupported && $0.message == words }
          ?? (error is TrainError)
      }
    }
    #expect(plan.scoresFault?.message == words)
    #expect(try session.outputs([1, 2, 3, 4])[1] == [1, 2, 3, 4])
  }

  @Test("numbers that are not finite are an error, and each row by itself for who asks")
  func notFinite() throws {
    let model = try withEmbedding()
    let session = try Session(try Plan(model), maxBatch: 4, threads: 1)
    var input = inputs(model, images: 3)
    let wanted = try session.outputs(input)
    input[model.preprocessing.inputShape.count] = .nan
    #expect {
      try session.outputs(input)
    } throws: {
      ($0 as? FormatError)?.code == .notFinite && "\($0)".contains("input of image 1")
    }
    for (rows, expected) in zip(try session.uncheckedOutputs(input), wanted) {
      let width = rows.count / 3
      #expect(Array(rows[..<width]) == Array(expected[..<width]))
      #expect(rows[width..<(2 * width)].allSatisfy { $0.isNaN })
      #expect(Array(rows[(2 * width)...]) == Array(expected[(2 * width)...]))
    }
  }

  @Test("self-tests hold the numbers of every output", arguments: ["face", "logit"])
  func selfTests(changed: String) throws {
    let model = try withEmbedding().withSelfTests()
    let plan = try Plan(model)
    #expect(model.selfTests.allSatisfy { $0.logits.count == plan.outputs.reduce(0) { $0 + $1.count } })
    try plan.check(try ModelFile(bytes: try model.encoded()).selfTests)
    var wrong = model.selfTests
    let place = changed == "face" ? 3 + 2 : 1
    wrong[1].logits[place] += 2 * wrong[1].tolerance
    #expect {
      try plan.check(wrong)
    } throws: {
      ($0 as? FormatError)?.code == .selfTest
        && "\($0)".contains(
          changed == "face" ? "Self-test 2 gives another number 2 of face" : "another logit for maybe")
    }
  }

  @Test("the trainer goes on with the class scores of such a model")
  func training() throws {
    let model = try withEmbedding()
    let input = inputs(model, images: 2)
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    let network = try GraphNetwork(model)
    let logits = network(tape.input(Tensor(input, shape: Shape(2, 1, 44, 44)))).value.values
    let wanted = try Session(try Plan(model), maxBatch: 2, threads: 1).logits(input)
    #expect(zip(logits, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(throws: (any Error).self) {
      var copy = model
      try copy.addEmbedding("face")
    }
  }
}
