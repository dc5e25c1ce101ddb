import FermFormat
import FermRuntime
import FermTrain
import Foundation
import TestSupport
import Testing

/// Plans of files whose weights several threads decode.
@Suite("Loading")
struct LoadingTests {
  /// Convolutions and fully connected layers with tensors large enough to be decoded ahead, of each type.
  static func file(_ packing: Packing) throws -> [UInt8] {
    let types: [ElementType] = [.fp32, .fp16, .bf16, .int8]
    var (nodes, tensors) = ([Node](), [Model.Weight]())
    func weight(_ type: ElementType, _ shape: Shape) throws -> Int {
      let numbers = Support.numbers(shape.count, seed: UInt64(tensors.count)).map { $0 / 32 }
      tensors.append(
        try Model.Weight(name: "t\(tensors.count + 10)", type: type, shape: shape, floats: numbers))
      return tensors.count - 1
    }
    func add(_ definition: Operator) { nodes.append(Node(definition, inputs: [nodes.count])) }
    for (i, type) in types.enumerated() {
      add(
        .convolution(
          Convolution(
            weight: try weight(type, Shape(96, i == 0 ? 1 : 96, 3, 3)), bias: try weight(.fp32, Shape(96)),
            stride: Extent(1), padding: Padding(1))))
      add(.relu(ReLU()))
    }
    // One tensor for two layers.
    let shared = try weight(.fp32, Shape(96, 96, 1, 1))
    for _ in 0..<2 {
      add(.convolution(Convolution(weight: shared, bias: nil, stride: Extent(1), padding: Padding(0))))
    }
    add(.flatten(Flatten()))
    for (i, type) in types.enumerated() {
      add(.linear(Linear(weight: try weight(type, Shape(300, i == 0 ? 96 * 16 : 300)), bias: nil)))
    }
    add(.linear(Linear(weight: try weight(.fp32, Shape(3, 300)), bias: nil)))
    let model = Model(
      name: "large", preprocessing: .greyFaces((resized: 4, cropped: 4)),
      labels: LabelSet(names: ["a", "b", "c"]), graph: Graph(nodes: nodes), tensors: tensors)
    return try model.encoded(packing: packing)
  }

  @Test(
    "the plan does not depend on the threads", arguments: [Packing.stored, .fast, .smallest], [2, 3, 8, 0])
  func equalPlans(packing: Packing, threads: Int) throws {
    let file = try ModelFile(bytes: try Self.file(packing))
    let input = Support.numbers(3 * 16, seed: 9)
    let alone = try Session(try Plan(file), maxBatch: 3, threads: 1).logits(input)
    for _ in 0..<5 {
      #expect(try Session(try Plan(file, threads: threads), maxBatch: 3, threads: 1).logits(input) == alone)
    }
  }

  @Test(
    "a damaged file has the fault that one thread names", arguments: [Packing.stored, .fast], [2, 3, 8])
  func equalFaults(packing: Packing, threads: Int) throws {
    let sound = try Self.file(packing)
    let places = try ModelFile(bytes: sound).tensorOffsets
    for (first, second) in zip(places, [places.last ?? 0] + places) {
      var bytes = sound
      bytes[Int(first) + 5] ^= 0x55
      bytes[Int(second) + 3] ^= 0x20
      let file = try ModelFile(bytes: bytes)
      let alone = try #require(#expect(throws: FormatError.self) { try Plan(file) })
      #expect(throws: alone) { try Plan(file, threads: threads) }
    }
  }

  @Test("where a file becomes shorter meanwhile, all threads come to an end")
  func truncated() throws {
    let path = try Support.temporaryFolder() + "/model.ferm"
    let bytes = try Self.file(.stored)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try ModelFile(path: path)
    try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: path))
    let fault = #expect(throws: FormatError.self) { try Plan(file, threads: 3) }
    #expect(fault?.code == .truncated)
  }
}
