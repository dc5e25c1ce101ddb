import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

@Suite("Sessions")
struct SessionTests {
  /// The trainer's own forward pass, which shares no kernel with the runtime.
  private func reference(_ network: any Network, _ input: [Float], images: Int) throws -> [Float] {
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    return network(tape.input(Tensor(input, shape: Shape(images, 1, 44, 44)))).value.values
  }

  private func largestGap(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / b.reduce(1e-9) { max($0, abs($1)) }
  }

  @Test(
    "the runtime agrees with the trainer to 1e-4 of the largest logit",
    arguments: InstructionSet.allCases.filter { $0.isAvailable }, [1, 4, 64])
  func agreement(instructions: InstructionSet, maxBatch: Int) throws {
    let (network, model) = try Support.tinyModel(width: 0.125)
    let input = Support.numbers(5 * 44 * 44, seed: 3)
    let session = try Session(
      try Plan(model, instructions: instructions), maxBatch: maxBatch, threads: 2)
    #expect(largestGap(try session.logits(input), try reference(network, input, images: 5)) < 1e-4)
  }

  @Test(
    "within a session's largest batch, a result depends on neither threads, nor its place, nor what runs beside it",
    arguments: InstructionSet.allCases.filter { $0.isAvailable }, [1, 2, 7, 40])
  func determinism(instructions: InstructionSet, maxBatch: Int) throws {
    let plan = try Plan(try Support.tinyModel(width: 0.125).model, instructions: instructions)
    let size = 44 * 44
    let images = 43
    let input = Support.numbers(images * size, seed: 5)
    let all = try Session(plan, maxBatch: maxBatch, threads: 1).logits(input)
    for threads in 1...3 {
      let session = try Session(plan, maxBatch: maxBatch, threads: threads)
      #expect(try session.logits(input) == all)
      for image in [0, 1, 42] {
        let alone = try session.logits(Array(input[(image * size)..<((image + 1) * size)]))
        #expect(alone == Array(all[(3 * image)..<(3 * image + 3)]))
      }
      let tail = try session.logits(Array(input.suffix(5 * size)))
      #expect(tail == Array(all.suffix(15)))
    }
  }

  @Test(
    "any number of images runs through maps so large that a thread takes one image at a time",
    arguments: InstructionSet.allCases.filter { $0.isAvailable })
  func oneAtATime(instructions: InstructionSet) throws {
    let plan = try Plan(try Support.tinyModel(width: 1).model, instructions: instructions)
    let size = 44 * 44
    let input = Support.numbers(17 * size, seed: 6)
    for threads in [2, 3] {
      let session = try Session(plan, maxBatch: 17, threads: threads)
      let all = try session.logits(input)
      for count in [1, 8, 9, 13, 16] {
        #expect(try session.logits(Array(input.prefix(count * size))) == Array(all.prefix(3 * count)))
      }
    }
  }

  @Test(
    "narrow weights give what the same weights give in fp32, to 1e-4 of the largest logit",
    arguments: InstructionSet.allCases.filter { $0.isAvailable }, [ElementType.fp16, .bf16, .int8])
  func narrowWeights(instructions: InstructionSet, type: ElementType) throws {
    let model = try Support.tinyModel(width: 0.125).model
    func stored(_ weight: Model.Weight, as type: ElementType, _ floats: [Float]) throws -> Model.Weight {
      let type = weight.info.shape.rank == 2 ? type : .fp32
      return try Model.Weight(name: weight.info.name, type: type, shape: weight.info.shape, floats: floats)
    }
    var (narrow, wide) = (model, model)
    narrow.tensors = try model.tensors.map { try stored($0, as: type, $0.floats()) }
    wide.tensors = try narrow.tensors.map { try stored($0, as: .fp32, $0.floats()) }
    let input = Support.numbers(5 * 44 * 44, seed: 8)
    for maxBatch in [1, 5] {
      let got = try Session(try Plan(narrow, instructions: instructions), maxBatch: maxBatch).logits(input)
      let want = try Session(try Plan(wide, instructions: instructions), maxBatch: maxBatch).logits(input)
      #expect(largestGap(got, want) < 1e-4)
      #expect(got != (try Session(try Plan(model), maxBatch: maxBatch).logits(input)))
    }
  }

  @Test("an input of another size is refused")
  func wrongSize() throws {
    let session = try Session(try Plan(try Support.tinyModel().model), threads: 1)
    #expect(throws: FormatError.self) { try session.logits([1, 2, 3]) }
    #expect(try session.logits([]) == [])
  }

  @Test("operators outside a VGG's order are not fused wrongly")
  func unusualGraphs() throws {
    // Batch norm and ReLU straight on the input, strides, uneven padding, and a flatten that a ReLU reads.
    var zeroed = Padding(1)
    zeroed.bottom = 0
    let nodes = [
      Node(.batchNorm(BatchNorm(weight: 0, bias: 1, mean: 2, variance: 3, epsilon: 1e-3)), inputs: [0]),
      Node(.relu(ReLU()), inputs: [1]),
      Node(.convolution(Convolution(weight: 4, bias: nil, stride: Extent(2), padding: zeroed)), inputs: [2]),
      Node(.maxPool(MaxPool(window: Extent(3), stride: Extent(2), padding: Padding(1))), inputs: [3]),
      Node(.flatten(Flatten()), inputs: [4]), Node(.relu(ReLU()), inputs: [5]),
      Node(.linear(Linear(weight: 5, bias: nil)), inputs: [6]),
    ]
    func tensor(_ name: String, _ shape: Shape, _ values: [Float]) throws -> Model.Weight {
      try Model.Weight(name: name, shape: shape, floats: values)
    }
    let weights = Support.numbers(2 * 9, seed: 1)
    let linear = Support.numbers(3 * 2 * 2 * 2, seed: 2)
    let model = Model(
      name: "odd",
      preprocessing: Preprocessing(resized: Extent(7), cropped: Extent(7), scale: [1], offset: [0]),
      labels: LabelSet(names: ["a", "b", "c"]), graph: Graph(nodes: nodes),
      tensors: [
        try tensor("a", Shape(1), [1.5]), try tensor("b", Shape(1), [0.25]), try tensor("c", Shape(1), [0.1]),
        try tensor("d", Shape(1), [0.5]), try tensor("e", Shape(2, 1, 3, 3), weights),
        try tensor("f", Shape(3, 8), linear),
      ])
    let x = Support.numbers(49, seed: 9)
    let session = try Session(try Plan(model), maxBatch: 3, threads: 2)
    let got = try session.logits(x + x + x)
    #expect(Array(got[0..<3]) == Array(got[6..<9]))

    let scale = 1.5 / (Float(0.5) + 1e-3).squareRoot()
    let h = x.map { max(0, ($0 - 0.1) * scale + 0.25) }
    var conv = [Float](repeating: 0, count: 2 * 3 * 4)
    for o in 0..<2 {
      for y in 0..<3 {
        for c in 0..<4 {
          for ky in 0..<3 {
            for kx in 0..<3 {
              let (r, q) = (2 * y + ky - 1, 2 * c + kx - 1)
              if (0..<7).contains(r), (0..<7).contains(q) {
                conv[(o * 3 + y) * 4 + c] += weights[o * 9 + ky * 3 + kx] * h[r * 7 + q]
              }
            }
          }
        }
      }
    }
    var pooled: [Float] = []
    for o in 0..<2 {
      for y in 0..<2 {
        for c in 0..<2 {
          var best = -Float.infinity
          for r in max(0, 2 * y - 1)...min(2, 2 * y + 1) {
            for q in max(0, 2 * c - 1)...min(3, 2 * c + 1) { best = max(best, conv[(o * 3 + r) * 4 + q]) }
          }
          pooled.append(max(0, best))
        }
      }
    }
    let want = (0..<3).map { k in (0..<8).reduce(Float(0)) { $0 + linear[k * 8 + $1] * pooled[$1] } }
    #expect(largestGap(Array(got[0..<3]), want) < 1e-5)
  }

  @Test("softmax is the textbook's, and sums to 1")
  func probabilities() {
    let p = softmax([1, 2, 3], temperature: 1)
    #expect(abs(p[0] - 0.09003057) < 1e-7 && abs(p[1] - 0.24472848) < 1e-7 && abs(p[2] - 0.66524094) < 1e-7)
    #expect(abs(softmax([1, 2, 3], temperature: 2)[2] - 0.5064804) < 1e-6)
    #expect(softmax([1000, -1000], temperature: 1) == [1, 0])
  }
}
