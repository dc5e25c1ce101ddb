import FermFormat
import FermRuntime
import FermTrain
import TestSupport

/// What a fuzz run feeds with its inputs. Each body may refuse its input, and must do nothing else: a trap, a leak, too much
/// memory or too much time is a finding.
enum Target: String, CaseIterable {
  /// Records, graph and shapes of a file, and what can be listed of one that is refused.
  case parse
  /// Weights as well; what is read is written and read again, and must be the same.
  case read
  /// The codecs: the input is one tensor's stored bytes, put into a sound file.
  case inflate
  /// A plan of what was read, for every instruction set of the processor.
  case plan
  /// Logits and a prediction.
  case infer
  /// A sound network that the input decides on: all instruction sets must agree, and its file must compute the same.
  case network
  /// Checkpoints of PyTorch and safetensors files.
  case checkpoint
  /// The pickle of a checkpoint, put into a sound archive.
  case pickle
  /// Descriptions of networks; what is expanded must be a sound graph, and the same each time.
  case description

  /// Whether inputs are whole `.ferm` files.
  var takesFiles: Bool {
    switch self {
    case .parse, .read, .plan, .infer: true
    case .inflate, .network, .checkpoint, .pickle, .description: false
    }
  }

  /// The most memory that an input of so many bytes may live in.
  func memoryLimit(_ count: Int) -> Int {
    switch self {
    case .parse: 16 << 20 + 64 * count
    // DEFLATE expands 1032 times; reading twice and writing hold a few copies.
    case .read, .inflate: 32 << 20 + 6 * 1032 * count
    // Packed weights fill whole registers and panels: for one channel and few outputs hundreds of times the stored ones.
    case .plan, .infer, .network: 1 << 30
    case .checkpoint, .pickle: 32 << 20 + 256 * count
    // A few lines may make thousands of nodes and names.
    case .description: 32 << 20 + 256 * count
    }
  }

  func run(_ bytes: [UInt8]) {
    do {
      switch self {
      case .parse:
        do throws(FormatError) { _ = try ModelFile(bytes: bytes) } catch {
          if error.code == .unsupported { _ = try FileListing(bytes: bytes) }
          throw error
        }
      case .read: try readTwice(bytes)
      case .inflate: _ = try ModelFile(bytes: fileAround(bytes)).loadModel()
      case .plan:
        guard let model = try small(bytes) else { return }
        for instructions in InstructionSet.allCases where instructions.isAvailable {
          _ = try Plan(model, instructions: instructions)
        }
      case .infer:
        guard let model = try small(bytes) else { return }
        try predict(model, Int(bytes.last ?? 0))
      case .network: try compareInstructions(NetworkMaker.model(bytes), Int(bytes.first ?? 0))
      case .checkpoint: _ = try Checkpoint(bytes: bytes, name: "input")
      case .pickle: _ = try Checkpoint(bytes: archive(around: bytes), name: "input")
      case .description: try expandTwice(bytes)
      }
    } catch {
      // A refusal; its sentence must be printable.
      precondition(!"\(error)".isEmpty)
    }
  }

  // MARK: - Bodies

  private func readTwice(_ bytes: [UInt8]) throws {
    let file = try ModelFile(bytes: bytes)
    let model = try file.loadModel()
    let again = try ModelFile(bytes: try model.encoded(packing: .stored))
    try again.verify()
    precondition(again.labels == file.labels && again.name == file.name)
    // But for the versions of operators, of which the oldest is written that says the same.
    let nodes = (file.graph.nodes, again.graph.nodes)
    precondition(nodes.0.count == nodes.1.count)
    precondition(zip(nodes.0, nodes.1).allSatisfy { $0.operator == $1.operator && $0.inputs == $1.inputs })
    precondition(again.preprocessing == file.preprocessing && again.provenance == file.provenance)
    precondition(again.outputs == file.outputs && again.cropRules == file.cropRules)
    // A file may ask for more than its content needs; one that is written does not.
    precondition(file.features.isSuperset(of: again.features))
    let digests = (try file.contentDigest(), try again.contentDigest())
    precondition(digests.0 == digests.1 || !file.features.isEmpty)
  }

  /// The model of a file, unless it is too much work for one of many runs.
  private func small(_ bytes: [UInt8]) throws -> Model? {
    let file = try ModelFile(bytes: bytes)
    let work = file.facts.multiplyAdds.reduce(0, +)
    guard work <= 1 << 20, file.weightBytes <= 1 << 20, file.facts.peakBytes <= 1 << 20 else { return nil }
    return try file.loadModel()
  }

  private func compareInstructions(_ model: Model, _ seed: Int) throws {
    let batch = 1 + seed % 5
    func outputs(
      _ model: Model, _ instructions: InstructionSet, _ precision: Precision = .exact
    ) throws -> [Float]? {
      let plan = try Plan(model, instructions: instructions)
      let session = try Session(plan, maxBatch: batch, threads: 1, precision: precision)
      guard session.precision == precision else { return nil }
      let size = plan.preprocessing.inputShape.count
      let input = (0..<batch * size).map { Float(($0 * 31 + seed) % 17) / 8 - 1 }
      return try session.outputs(input).flatMap { $0 }
    }
    let expected: [Float]
    do { expected = try outputs(model, .portable) ?? [] } catch {
      fatalError("A sound network is refused: \(error)")
    }
    let largest = expected.reduce(0) { max($0, abs($1)) }
    precondition(largest.isFinite)
    for instructions in [InstructionSet.avx2, .avx512] where instructions.isAvailable {
      for (a, b) in zip(expected, try outputs(model, instructions) ?? []) {
        precondition(abs(a - b) <= 1e-2 * largest + 1e-4, "\(instructions) computes \(b), portable code \(a)")
      }
    }
    if InstructionSet.avx512.isAvailable, let fast = try outputs(model, .avx512, .fast), seed % 16 == 0 {
      // Plain C is a hundred times slower, so it is asked now and then.
      let emulated = try outputs(model, .emulated, .fast) ?? []
      precondition(
        zip(fast, emulated).allSatisfy { $0.bitPattern == $1.bitPattern }, "narrow products differ")
    }
    let bytes = try model.encoded(packing: seed % 2 == 0 ? .stored : .smallest)
    let again = try outputs(try ModelFile(bytes: bytes).loadModel(), .portable) ?? []
    precondition(zip(expected, again).allSatisfy { $0.bitPattern == $1.bitPattern })
  }

  private func expandTwice(_ bytes: [UInt8]) throws {
    let kinds = try (0..<2).map { _ in try NetworkKind(description: bytes, file: "input") }
    precondition(kinds[0].name == kinds[1].name && kinds[0].digest == kinds[1].digest)
    precondition(kinds[0].sides == kinds[1].sides && kinds[0].sides.contains(kinds[0].side.cropped))
  }

  private func predict(_ model: Model, _ seed: Int) throws {
    let plan = try Plan(model)
    let session = try Session(plan, maxBatch: 2, threads: 1, precision: seed % 2 == 0 ? .exact : .fast)
    let size = plan.preprocessing.inputShape.count
    let input = (0..<3 * size).map { Float(($0 * 31 + seed) % 17) / 8 - 1 }
    let outputs = try session.outputs(input)
    for (rows, output) in zip(outputs, plan.outputs) {
      precondition(rows.count == 3 * output.count)
      precondition(!output.isScores || output.count == plan.labels.names.count)
    }
    let again = try session.outputs(input)
    precondition(outputs == again)
    guard plan.scoresFault == nil else { return }
    // Pixels of an image whose sides and colour the input chooses.
    let (width, height, channels) = (1 + seed % 13, 1 + seed / 13 % 11, seed % 2 == 0 ? 1 : 3)
    let pixels = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) }
    _ = try session.probabilities([PixelImage(pixels, width: width, height: height, channels: channels)])
  }
}
