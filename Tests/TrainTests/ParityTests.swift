import FermFormat
import FermImage
import FermRuntime
import FermTrain
import Foundation
import TestSupport
import Testing

private let environment = ProcessInfo.processInfo.environment

/// Checks against data that the repository does not hold; each says so when it is skipped.
@Suite("Parity")
struct ParityTests {
  private func floats(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return data.withUnsafeBytes { raw in
      (0..<(data.count / 4)).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  private func gap(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / b.reduce(1e-9) { max($0, abs($1)) }
  }

  /// The folder holds vgg.pt, vgg.safetensors, input.f32 `[16, 1, 40, 40]` and PyTorch's logits.f32 `[16, 7]`.
  @Test(
    "an imported PyTorch checkpoint gives PyTorch's logits to 1e-4 of the largest, in trainer and runtime",
    .enabled(if: environment["FERM_PARITY"] != nil, "FERM_PARITY names no folder with a PyTorch checkpoint"),
    arguments: ["vgg.pt", "vgg.safetensors"])
  func pytorch(file: String) throws {
    let folder = try #require(environment["FERM_PARITY"])
    let network = VGG(classes: 7, seed: 0)
    try Checkpoint(path: "\(folder)/\(file)").load(into: network)
    let workers = try Workers()
    let model = try Model(
      network, name: "vgg", preprocessing: .greyFaces((resized: 48, cropped: 40)),
      labels: LabelSet(names: FaceData.fer2013), workers: workers)
    let input = try floats("\(folder)/input.f32")
    let expected = try floats("\(folder)/logits.f32")
    let copy = try ModelFile(bytes: try model.encoded()).loadModel()
    let runtime = gap(try Session(try Plan(copy), threads: 2).logits(input), expected)
    let tape = Tape(.evaluation, workers: workers)
    let trainer = gap(
      network(tape.input(Tensor(input, shape: Shape(16, 1, 40, 40)))).value.values, expected)
    print("parity with PyTorch through \(file): runtime \(runtime), trainer \(trainer)")
    #expect(runtime < 1e-4 && trainer < 1e-4)
  }

  /// The folder holds for each network a folder with its checkpoint in both formats, input.f32 `[8, C, 48, 48]` and timm's
  /// logits.f32 `[8, 7]`.
  @Test(
    "timm's checkpoints, known by their tensors, give its logits to 1e-4 of the largest",
    .enabled(if: environment["FERM_NETWORKS"] != nil, "FERM_NETWORKS names no folder of checkpoints"),
    arguments: ["efn", "resnet18", "mobilenetv2"], ["pt", "safetensors"])
  func timm(name: String, ending: String) throws {
    let folder = "\(try #require(environment["FERM_NETWORKS"]))/\(name)"
    let checkpoint = try Checkpoint(path: "\(folder)/\(name).\(ending)")
    let kind = try #require(checkpoint.network).kind
    #expect(kind.name == name)
    let network = try kind.make(NetworkSettings(classes: 7))
    try checkpoint.load(into: network)
    let workers = try Workers()
    let model = try Model(
      network, name: name, preprocessing: kind.preprocessing, labels: LabelSet(names: FaceData.fer2013),
      workers: workers)
    let input = try floats("\(folder)/input.f32")
    let expected = try floats("\(folder)/logits.f32")
    let copy = try ModelFile(bytes: try model.encoded()).loadModel()
    let runtime = gap(try Session(try Plan(copy), threads: 2).logits(input), expected)
    let tape = Tape(.evaluation, workers: workers)
    let shape = Shape([8] + kind.preprocessing.inputShape.dimensions)
    let trainer = gap(network(tape.input(Tensor(input, shape: shape))).value.values, expected)
    print("parity with timm through \(name).\(ending): runtime \(runtime), trainer \(trainer)")
    #expect(runtime < 1e-4 && trainer < 1e-4)
  }

  /// FERM_FER2013 is the unpacked data set, FERM_CHECKPOINT a `vgg` trained on it.
  @Test(
    "trainer and runtime agree on real faces to 1e-4 of the largest logit",
    .enabled(
      if: environment["FERM_FER2013"] != nil && environment["FERM_CHECKPOINT"] != nil,
      "FERM_FER2013 and FERM_CHECKPOINT name no faces and no model"))
  func realFaces() throws {
    let folder = try FaceData(
      path: try #require(environment["FERM_FER2013"]), decoder: PictureDecoder(), workers: try Workers())
    let files = Array((folder.splits["public"] ?? []).prefix(64))
    let model = try ModelFile(path: try #require(environment["FERM_CHECKPOINT"])).loadModel()
    let network = VGG(classes: folder.classes.count, seed: 0)
    try model.load(into: network)
    let session = try Session(try Plan(model), threads: 2)
    var input: [Float] = []
    for file in files {
      let image = try ImageDecoder().decode(path: file.path.bytes)
      input += try session.inputs([
        PixelImage(image.pixels, width: image.width, height: image.height, channels: image.channels)
      ])
    }
    let tape = Tape(.evaluation, workers: try Workers())
    let shape = Shape([files.count] + model.preprocessing.inputShape.dimensions)
    let trainer = network(tape.input(Tensor(input, shape: shape))).value.values
    let difference = gap(try session.logits(input), trainer)
    print("trainer and runtime on \(files.count) real faces: \(difference)")
    #expect(files.count == 64 && difference < 1e-4)
  }

  private struct Trajectories: Decodable {
    struct Losses: Decodable {
      let eager: [Float]
      let channelsLast: [Float]
      enum CodingKeys: String, CodingKey {
        case eager
        case channelsLast = "channels_last"
      }
    }
    /// The network's name; nil for `vgg`.
    let network: String?
    let labels: [[Int]]
    let nesterov: Losses
    let adam: Losses
  }

  /// FERM_TRAJECTORY is the folder that Tests/Golden/trajectory.py wrote.
  @Test(
    "20 steps from the same weights on the same batches have PyTorch's losses: to 1e-3 or PyTorch's own gap at first, then to twice that gap",
    .enabled(
      if: environment["FERM_TRAJECTORY"] != nil, "FERM_TRAJECTORY names no folder of PyTorch's losses"),
    arguments: ["nesterov", "adam"])
  func trajectory(optimiser name: String) throws {
    let folder = try #require(environment["FERM_TRAJECTORY"])
    let golden = try JSONDecoder().decode(
      Trajectories.self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/losses.json")))
    let expected = name == "adam" ? golden.adam : golden.nesterov
    let inputs = try floats("\(folder)/inputs.f32")
    let kind = try NetworkKind.named(golden.network ?? "vgg")
    let network = try kind.make(NetworkSettings(classes: 7, dropout: 0))
    try Checkpoint(path: "\(folder)/start.safetensors").load(into: network)
    let workers = try Workers()
    let rule: any UpdateRule = name == "adam" ? Adam() : SGD()
    let step = TrainingStep(
      network, optimiser: Optimiser(network.parameters, rule: rule, sharer: Sharer(workers)),
      workers: workers)
    let size = inputs.count / golden.labels.count
    var losses: [Float] = []
    for (i, labels) in golden.labels.enumerated() {
      let batch = Tensor(
        Array(inputs[(i * size)..<((i + 1) * size)]),
        shape: Shape([labels.count] + kind.preprocessing.inputShape.dimensions))
      losses.append(
        try step(
          inputs: batch, targets: Targets(labels, classes: 7), seed: 0,
          learningRate: name == "adam" ? 1e-4 : 0.01
        ).loss)
    }
    let gaps = zip(losses, expected.eager).map { abs($0 - $1) }
    let own = zip(expected.channelsLast, expected.eager).map { abs($0 - $1) }
    print(
      "\(kind.name), \(name): largest gap in 5 steps \(gaps[..<5].max() ?? 0), in all \(gaps.max() ?? 0); PyTorch's own \(own[..<5].max() ?? 0) and \(own.max() ?? 0)"
    )
    #expect((gaps[..<5].max() ?? 1) <= max(1e-3, own[..<5].max() ?? 0))
    #expect((gaps.max() ?? 1) <= 2 * max(own.max() ?? 0, 1e-3))
  }
}
