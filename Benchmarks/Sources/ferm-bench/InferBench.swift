import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// Inference: preprocessed inputs in, logits out.
struct InferBench {
  let arguments: Arguments
  let plan: Plan
  let threads: Int
  let repeats: Int
  let precision: Precision
  let clients: Int?

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    threads = try arguments.integer("--threads", in: 0...256) ?? 0
    repeats = try arguments.integer("--repeats", in: 1...1000) ?? 21
    precision = try arguments.choice("--precision", of: Precision.self) ?? .exact
    clients = try Self.clients(arguments)
    if let path = arguments.string("--model") {
      plan = try Plan(path: path)
    } else {
      let kind = try NetworkKind.named(arguments.string("--network") ?? "vgg")
      plan = try Plan(
        Model(
          try kind.make(NetworkSettings(classes: 7)), name: kind.name, preprocessing: kind.preprocessing,
          labels: LabelSet(names: FaceData.fer2013), workers: try Workers()))
    }
  }

  private static func clients(_ arguments: Arguments) throws(UsageError) -> Int? {
    guard let clients = try arguments.integer("--clients", in: 1...ClientsBench.most) else { return nil }
    let others = ["--batch", "--threads"].filter { arguments.string($0) != nil }
    if let other = (others + ["--operators", "--preprocessing"].filter { arguments.has($0) }).first {
      throw UsageError(
        "\(other) does not go with --clients, each of which has one thread and asks for one image.")
    }
    return clients
  }

  func run() throws {
    if let clients {
      return try ClientsBench(
        plan: plan, clients: clients, precision: precision, seconds: 0.2 * Double(repeats)
      ).run()
    }
    for batch in try arguments.batches(default: [1, 8, 64]) {
      let session = try Session(plan, maxBatch: batch, threads: threads, precision: precision)
      var random = RandomNumbers(seed: 0)
      let input = (0..<(batch * plan.preprocessing.inputShape.count)).map { _ in random.uniform() }
      let times = try Measurement(repeats: repeats) { _ = try session.logits(input) }
      emit(
        ("name", .string("infer")), ("model", .string(plan.name)), ("batch", .int(batch)),
        ("threads", .int(session.threads)), ("precision", .string(session.precision.rawValue)),
        ("crops_per_second", rounded(Double(batch) / times.median)),
        ("ms", rounded(1e3 * times.median)), ("fastest_ms", rounded(1e3 * times.seconds[0])),
        ("peak_rss_mb", .int(Measurement.peakMemory())))
      if arguments.has("--operators") { try profile(session, input, batch: batch) }
      if arguments.has("--preprocessing") { try preprocess(batch: batch, network: times.median) }
    }
  }

  /// What it takes to make a batch of network inputs from 8-bit faces, beside the time that the network takes for it.
  private func preprocess(batch: Int, network: Double) throws {
    let recipe = plan.preprocessing
    let preprocessor = Preprocessor(recipe)
    var input = [Float](repeating: 0, count: batch * recipe.inputShape.count)
    let faces: [(size: Extent, channels: Int, augmentation: TestTimeAugmentation)] = [
      (recipe.resized, 1, .none), (recipe.resized, 1, .ten), (Extent(224), 3, .none),
    ]
    for face in faces {
      let crops = try face.augmentation.crops(of: recipe)
      let (width, height) = (face.size.width, face.size.height)
      let pixels = (0..<(width * height * face.channels)).map {
        UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13)
      }
      let images = max(1, batch / crops.count)
      let image = try PixelImage(pixels, width: width, height: height, channels: face.channels)
      let times = try Measurement(repeats: repeats) {
        for i in 0..<images {
          preprocessor.write(
            try preprocessor.resized(image), crops: crops, to: &input,
            at: i * crops.count * recipe.inputShape.count)
        }
      }
      // For as many crops as the network took.
      let seconds = times.median * Double(batch) / Double(images * crops.count)
      emit(
        ("name", .string("preprocessing")), ("batch", .int(batch)),
        ("image", .string("\(width)x\(height)x\(face.channels)")),
        ("crops", .int(crops.count)), ("ms", rounded(1e3 * seconds)),
        ("time_share", rounded(seconds / (seconds + network))))
    }
  }

  /// A line for each step: the median of its times over the repeats.
  private func profile(_ session: Session, _ input: [Float], batch: Int) throws {
    let peak = PeakBench.gflops(try Workers(count: threads))
    var times = [[Double]](repeating: [], count: plan.descriptions.count)
    for _ in 0..<repeats {
      for i in times.indices { times[i].append(0) }
      var last = Measurement.now()
      session.observer = { step in
        let now = Measurement.now()
        times[step][times[step].count - 1] += now - last
        last = now
      }
      _ = try session.logits(input)
    }
    session.observer = nil
    let medians = times.map { $0.sorted()[$0.count / 2] }
    let total = medians.reduce(0, +)
    for (step, seconds) in zip(plan.descriptions, medians) {
      let gflops = 2e-9 * Double(step.multiplyAdds) * Double(batch) / seconds
      emit(
        ("name", .string("operator")), ("operator", .string(step.name)), ("batch", .int(batch)),
        ("threads", .int(session.threads)), ("output", .string(step.output.description)),
        ("ms", rounded(1e3 * seconds)), ("time_share", rounded(seconds / total)),
        ("gflops", rounded(gflops)), ("peak_share", rounded(gflops / peak)))
    }
    emit(
      ("name", .string("peak")), ("threads", .int(session.threads)), ("gflops", rounded(peak)))
  }
}
