import FermFormat
import FermRuntime
import FermTrain
import Foundation
import TestSupport
import Testing

@Suite("Operators")
struct OperatorTests {
  private func evaluate(_ network: any Network, _ input: [Float], images: Int) throws -> [Float] {
    let tape = Tape(.evaluation, workers: try Workers(count: 2))
    return network(tape.input(Tensor(input, shape: Shape([images] + EveryOperator.input.dimensions)))).value
      .values
  }

  @Test(
    "a graph of all operators with values used more than once runs as the trainer runs it",
    arguments: InstructionSet.allCases.filter { $0.isAvailable }, [1, 3, 16])
  func agreement(instructions: InstructionSet, maxBatch: Int) throws {
    for seed in 1...3 {
      let network = EveryOperator(seed: UInt64(seed))
      let input = Support.numbers(5 * EveryOperator.input.count, seed: 9)
      let expected = try evaluate(network, input, images: 5)
      let got = try Session(
        try Plan(try network.model(), instructions: instructions), maxBatch: maxBatch, threads: 2
      ).logits(input)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      #expect(zip(got, expected).allSatisfy { abs($0.0 - $0.1) < 1e-5 * largest })
      #expect(Set(expected).count > 20)
    }
  }

  @Test("silu and sigmoid hold for numbers of any size")
  func extremes() throws {
    let numbers: [Float] = [-3e38, -2e36, -1000, -104, -89, -88, -87, -10, -0.0, 0, 1e-30, 10, 88, 89, 3e38]
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    let x = tape.input(Tensor(numbers, shape: Shape([1, numbers.count])))
    for (i, number) in numbers.enumerated() {
      let sigmoid = 1 / (1 + exp(-Double(number)))
      #expect(abs(Double(x.sigmoid().value.values[i]) - sigmoid) <= 1e-6 * sigmoid + 1e-37, "\(number)")
      let silu = Double(number) * sigmoid
      #expect(abs(Double(x.silu().value.values[i]) - silu) <= 1e-6 * abs(silu) + 1e-36, "\(number)")
    }
  }

  @Test("hard-swish holds for numbers of any size")
  func hardSwish() throws {
    let numbers: [Float] = [
      -3e38, -1e10, -3.0000002, -3, -1.5, -1e-30, -0.0, 0, 1e-30, 1, 2.9, 3, 3e10, 3e38,
    ]
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    let got = tape.input(Tensor(numbers, shape: Shape([1, numbers.count]))).hardSwish().value.values
    for (number, value) in zip(numbers, got) {
      let expected = Double(number) * min(max(Double(number) + 3, 0), 6) / 6
      #expect(abs(Double(value) - expected) <= 2e-7 * max(abs(expected), abs(Double(number))), "\(number)")
    }
  }

  @Test("every operator of the format is in that graph")
  func complete() throws {
    #expect(OperatorVersion.missing(in: try EveryOperator().model().graph).isEmpty)
  }

  @Test("the network of a file computes what the file's author computed, and gives the same file back")
  func replay() throws {
    let network = EveryOperator()
    let model = try network.model()
    let copy = try GraphNetwork(try ModelFile(bytes: try model.encoded()).loadModel())
    let input = Support.numbers(4 * EveryOperator.input.count, seed: 3)
    #expect(try evaluate(copy, input, images: 4) == (try evaluate(network, input, images: 4)))
    let again = try Model(
      copy, name: model.name, preprocessing: model.preprocessing, labels: model.labels,
      workers: try Workers(count: 1))
    #expect(try again.encoded() == (try model.encoded()))
    for parameter in network.parameters {
      #expect(
        copy.parameters.first { $0.name == parameter.name }?.kind == parameter.kind, "\(parameter.name)")
    }
  }

  @Test("the network of a file trains as its author's does, gradient by gradient")
  func replayedGradients() throws {
    let network = EveryOperator()
    let copy = try GraphNetwork(try network.model())
    let input = Support.numbers(4 * EveryOperator.input.count, seed: 3)
    for network in [network, copy] as [any Network] {
      let tape = Tape(.training, workers: try Workers(count: 2))
      let x = tape.input(Tensor(input, shape: Shape([4] + EveryOperator.input.dimensions)))
      tape.backward(from: network(x).crossEntropy([0, 1, 2, 3]))
    }
    for parameter in network.parameters {
      let other = try #require(copy.parameters.first { $0.name == parameter.name })
      #expect(other.gradient?.values == parameter.gradient?.values, "\(parameter.name)")
      #expect(other.value.values == parameter.value.values, "\(parameter.name)")
    }
  }

  @Test("a graph of as many nodes as a file may have, all its values alive long, runs as the trainer runs it")
  func manyNodes() throws {
    // The first half makes values, the second adds them up from the last to the first.
    var nodes = [Node(.flatten(Flatten()), inputs: [0])]
    while nodes.count < 2047 { nodes.append(Node(.sigmoid(Sigmoid()), inputs: [nodes.count])) }
    for value in (0..<2047).reversed() {
      nodes.append(Node(.add(Add()), inputs: [nodes.count, value == 0 ? 1 : value]))
    }
    let model = Model(
      name: "many",
      preprocessing: Preprocessing(resized: Extent(2), cropped: Extent(2), scale: [1], offset: [0]),
      labels: LabelSet(names: ["a", "b", "c", "d"]), graph: Graph(nodes: nodes), tensors: [])
    let input = Support.numbers(3 * 4, seed: 8)
    let tape = Tape(.evaluation, workers: try Workers(count: 1))
    let expected = try GraphNetwork(model)(tape.input(Tensor(input, shape: Shape(3, 1, 2, 2)))).value.values
    let file = try ModelFile(bytes: try model.encoded())
    let got = try Session(try Plan(file), maxBatch: 3, threads: 2).logits(input)
    #expect(zip(got, expected).allSatisfy { abs($0.0 - $0.1) < 1e-5 * abs($0.1) })
  }
}
