import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

/// A network of two heads on one trunk, and what its file holds of them.
private struct TwoHeads: Network {
  let parameters: [Parameter]
  var head: [Parameter] { last.parameters }
  private let convolution: ConvolutionLayer
  private let norm: BatchNormLayer
  private let face: LinearLayer
  private let last: LinearLayer

  init(classes: Int, seed: UInt64) {
    var make = ParameterMaker(seed: seed)
    convolution = ConvolutionLayer(&make, "conv", from: 1, to: 6)
    norm = BatchNormLayer(&make, "bn", 6)
    last = LinearLayer(&make, "last", from: 24, to: classes)
    face = LinearLayer(&make, "face", from: 24, to: 5)
    parameters = make.parameters
  }

  private func trunk(_ x: Variable) -> Variable {
    norm(convolution(x)).relu().adaptiveAveragePool(2).flatten()
  }

  func callAsFunction(_ x: Variable) -> Variable { last(trunk(x)) }

  func outputs(for x: Variable) -> [NetworkOutput] {
    let x = trunk(x)
    return [.scores(last(x), name: "classes"), .embedding("face", face(x))]
  }
}

@Suite("Outputs of networks")
struct NetworkOutputTests {
  private func model(_ network: any Network, classes: Int) throws -> Model {
    try Model(
      network, name: "two", preprocessing: .greyFaces((resized: 8, cropped: 8)),
      labels: LabelSet(names: (0..<classes).map { "class \($0)" }), workers: try Workers(count: 1))
  }

  @Test("are those of its file, and of the network of that file")
  func written() throws {
    let model = try model(TwoHeads(classes: 3, seed: 1), classes: 3)
    #expect(model.outputs.map { $0.name } == ["classes", "face"])
    #expect(model.outputs.map { $0.values } == [[model.graph.nodes.count - 1], [model.graph.nodes.count]])
    let file = try ModelFile(bytes: try model.encoded())
    #expect(file.outputs == model.outputs)
    let copy = try GraphNetwork(try file.loadModel())
    #expect(try self.model(copy, classes: 3).encoded() == (try model.encoded()))
    #expect(copy.head.map { $0.name } == ["last.weight", "last.bias"])
  }

  @Test("of a network that says nothing of them are its class scores")
  func standard() throws {
    let network = SmallVGG(classes: 3, width: 0.0625, seed: 1)
    let model = try Model(
      network, name: "vgg-s", preprocessing: .greyFaces((resized: 48, cropped: 44)),
      labels: LabelSet(names: ["a", "b", "c"]), workers: try Workers(count: 1))
    #expect(model.outputs == [.standard(for: model.graph)])
  }

  @Test(
    "keep their shapes where the network of a file gets other classes, and fresh weights are drawn as layers draw them"
  )
  func fresh() throws {
    let model = try model(TwoHeads(classes: 3, seed: 1), classes: 3)
    let other = try GraphNetwork(like: model, classes: 8, seed: 9)
    #expect(other.classes == 8)
    let again = try self.model(other, classes: 8)
    #expect(again.graph == model.graph && again.outputs == model.outputs)
    let same = try GraphNetwork(like: model, classes: 3, seed: 9)
    for parameter in TwoHeads(classes: 3, seed: 9).parameters {
      let found = try #require(same.parameters.first { $0.name == parameter.name })
      #expect(found.value.values == parameter.value.values, "\(parameter.name)")
      #expect(found.kind == parameter.kind)
    }
  }

  @Test("that the loss does not reach get no gradient, and none of their work is done")
  func apart() throws {
    let model = try model(TwoHeads(classes: 3, seed: 1), classes: 3)
    let network = try GraphNetwork(model)
    let tape = Tape(.training, workers: try Workers(count: 1))
    var seen: [String] = []
    tape.observer = { if !$0.isBackward { seen.append($0.name) } }
    let x = tape.input(Tensor(Support.numbers(2 * 64, seed: 3), shape: Shape(2, 1, 8, 8)))
    tape.backward(from: network(x).crossEntropy([0, 2]))
    #expect(seen.filter { $0 == "linear" }.count == 1)
    let face = try #require(network.parameters.first { $0.name == "face.weight" })
    #expect(face.gradient?.values.allSatisfy { $0 == 0 } == true)
    let last = try #require(network.parameters.first { $0.name == "last.weight" })
    #expect(last.gradient?.values.contains { $0 != 0 } == true)
  }

  @Test(
    "without class scores are nothing to train by, and two last layers that are added cannot get other classes"
  )
  func refusals() throws {
    var model = try model(TwoHeads(classes: 3, seed: 1), classes: 3)
    #expect(throws: TrainError.self) { try GraphNetwork(like: model, classes: 0, seed: 1) }
    model.labels = LabelSet(names: [])
    model.outputs = [
      ModelOutput("face", .embedding(value: model.graph.nodes.count)),
      ModelOutput("other", .embedding(value: model.graph.nodes.count - 1)),
    ]
    #expect(throws: TrainError.self) { try GraphNetwork(model) }
  }
}
