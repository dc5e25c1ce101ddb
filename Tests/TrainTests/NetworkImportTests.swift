import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Checkpoints of the networks")
struct NetworkImportTests {
  /// A network's weights as a safetensors file, its names changed.
  private func bytes(_ network: any Network, _ name: (String) -> String = { $0 }) throws -> [UInt8] {
    var (header, body) = (["{"], [UInt8]())
    for parameter in network.parameters {
      let start = body.count
      for value in parameter.value.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
      }
      header.append(
        "\(header.count > 1 ? "," : "")\"\(name(parameter.name))\":{\"dtype\":\"F32\",\"shape\":\(parameter.value.shape.dimensions),\"data_offsets\":[\(start),\(body.count)]}"
      )
    }
    let text = Array((header + ["}"]).joined().utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + body
  }

  private func checkpoint(
    _ network: any Network, _ name: (String) -> String = { $0 }
  ) throws -> Checkpoint {
    try Checkpoint(bytes: try bytes(network, name), name: "some.safetensors")
  }

  private func values(_ network: any Network) -> [[Float]] { network.parameters.map { $0.value.values } }

  @Test(
    "are known by their names and shapes, with any number of classes, whatever wrappers put before the names",
    arguments: NetworkKind.all.map { $0.name }, ["", "model.", "_orig_mod.", "module."])
  func recognition(name: String, prefix: String) throws {
    let kind = try NetworkKind.named(name)
    let network = try kind.make(NetworkSettings(classes: 11, width: kind.hasWidth ? 0.25 : 1, seed: 2))
    let file = try checkpoint(network) { prefix + $0 }
    let found = try #require(file.network)
    #expect(found.kind.name == name && found.width == (kind.hasWidth ? 0.25 : 1))
    let copy = try kind.make(NetworkSettings(classes: 11, width: found.width, seed: 3))
    #expect(try file.load(into: copy) == nil)
    #expect(values(copy) == values(network))
    #expect(throws: TrainError.self) { try file.load(into: try kind.make(NetworkSettings(classes: 7))) }
  }

  @Test("of none of the networks are told from theirs: a missing tensor, another shape")
  func others() throws {
    let network = MobileNetV2(classes: 5, seed: 1)
    #expect(
      try checkpoint(network) { $0 == "blocks.3.2.bn2.bias" ? "blocks.3.2.bn9.bias" : $0 }.network == nil)
    var make = ParameterMaker(seed: 1)
    _ = ConvolutionLayer(&make, "conv_stem", from: 3, to: 32, bias: false)
    struct Part: Network {
      let parameters: [Parameter]
      let head: [Parameter] = []
      func callAsFunction(_ x: Variable) -> Variable { x }
    }
    #expect(try checkpoint(Part(parameters: make.parameters)).network == nil)
    // The stem of large pictures.
    _ = ConvolutionLayer(&make, "conv1", from: 1, to: 64, window: 7, bias: false)
    let stem = try #require(make.parameters.last)
    let large = Part(parameters: [stem] + ResNet18(classes: 5, seed: 1).parameters.dropFirst())
    #expect(try checkpoint(large).network == nil)
    #expect(throws: TrainError.self) { try checkpoint(large).load(into: ResNet18(classes: 5, seed: 1)) }
    // A number in the place of a last layer's rows.
    let scalar = Parameter("fc.bias", .bias, Tensor([1], shape: Shape([])))
    let odd = Part(parameters: ResNet18(classes: 5, seed: 1).parameters.dropLast() + [scalar])
    #expect(try checkpoint(odd).network == nil)
    #expect(throws: TrainError.self) { try checkpoint(odd).load(into: ResNet18(classes: 5, seed: 1)) }
  }

  @Test("of torchvision's MobileNetV2 are known by its names, which are those that timm's stand for")
  func torchvision() throws {
    let names = try #require(try GoldenNetworks.all.get()["mobilenetv2"]?.torchvision)
    let network = MobileNetV2(classes: 1000, channels: 3, seed: 6)
    #expect(network.otherNames == names)
    let theirs = Dictionary(uniqueKeysWithValues: names.map { ($0.value, $0.key) })
    let file = try checkpoint(network) { name in
      let dot = name.lastIndex(of: ".") ?? name.endIndex
      return (theirs[String(name[..<dot])] ?? "") + name[dot...]
    }
    let found = try #require(file.network)
    #expect(found.kind.name == "mobilenetv2")
    let copy = MobileNetV2(classes: 1000, channels: 3, seed: 7)
    #expect(try file.load(into: copy) == nil)
    #expect(values(copy) == values(network))
  }

  @Test("for colour give the same for grey faces with a stem of one channel, and say so")
  func grey() throws {
    let colour = EfficientNet(classes: 7, seed: 0)
    GoldenNetworks.fill(colour)
    let file = try checkpoint(colour)
    #expect(file.network?.kind.name == "efn")
    let grey = EfficientNet(classes: 7, channels: 1, seed: 1)
    let note = try #require(try file.load(into: grey))
    #expect(note.hasPrefix("some.safetensors: conv_stem.weight is summed"))
    let plane = GoldenNetworks.numbers("input", 48 * 48).map { Float($0) }
    let tape = Tape(.evaluation, workers: try Workers(count: 2))
    let expected = colour(tape.input(Tensor(plane + plane + plane, shape: Shape(1, 3, 48, 48)))).value.values
    let got = grey(tape.input(Tensor(plane, shape: Shape(1, 1, 48, 48)))).value.values
    #expect(zip(got, expected).allSatisfy { abs($0.0 - $0.1) < 1e-5 })
  }

  @Test("of 1,000 classes begin a training for seven: all but the last layer is taken")
  func transfer() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ferm-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: path) }
    let thousand = MobileNetV2(classes: 1000, channels: 3, seed: 8)
    try Data(bytes(thousand)).write(to: path)
    let transfer = try Transfer(path: path.path)
    #expect(transfer.network?.kind.name == "mobilenetv2")
    let network = MobileNetV2(classes: 7, seed: 9)
    let fresh = network.head.map { $0.value.values }
    let report = try transfer.load(into: network, labels: FaceData.fer2013)
    #expect(report.contains("260 tensors taken; conv_stem.weight is summed"))
    #expect(report.hasSuffix("classifier.weight and classifier.bias begin afresh for 7 classes"))
    #expect(network.head.map { $0.value.values } == fresh)
    for (own, other) in zip(network.parameters, thousand.parameters).dropFirst().dropLast(2) {
      #expect(own.name == other.name && own.value.values == other.value.values)
    }
    let (sums, three) = (network.parameters[0].value.values, thousand.parameters[0].value.values)
    #expect(sums[10] == three[9 * 3 + 1] + three[9 * 4 + 1] + three[9 * 5 + 1])
  }

  @Test("in a file of ours are of the network that it names, unless its graph or its pixels are others")
  func named() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("ferm-\(UUID().uuidString).ferm")
    defer { try? FileManager.default.removeItem(at: path) }
    func network(_ network: any Network, _ preprocessing: Preprocessing) throws -> NetworkKind? {
      let model = try Model(
        network, name: "resnet18", preprocessing: preprocessing, labels: LabelSet(names: ["a", "b"]),
        workers: try Workers(count: 1))
      try Data(model.encoded()).write(to: path)
      return try Transfer(path: path.path).network?.kind
    }
    var recipe = ResNet18.kind.preprocessing
    #expect(try network(ResNet18(classes: 2, seed: 1), recipe)?.digest == nil)
    #expect(try network(SmallVGG(classes: 2, width: 0.0625, seed: 1), recipe)?.digest != nil)
    recipe.offset = [-0.5]
    #expect(try network(ResNet18(classes: 2, seed: 1), recipe)?.digest != nil)
  }
}
