import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// One training step: forward, cross-entropy, backward, and the optimiser's update, on random crops.
struct TrainBench {
  let arguments: Arguments

  init(_ arguments: Arguments) { self.arguments = arguments }

  func run() throws {
    let kind = try NetworkKind.named(arguments.string("--network") ?? "vgg")
    let workers = try Workers(count: try arguments.integer("--threads", in: 0...256) ?? 0)
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 5
    let shape = Shape(1, kind.side.cropped, kind.side.cropped)
    for batch in try arguments.batches(default: [64]) {
      let network = kind.make(NetworkSettings(classes: 7))
      let trainer = Trainer(network, settings: TrainingSettings(), workers: workers)
      let optimiser = try OptimiserKind.named("nesterov").make(network.parameters, 1e-4, Sharer(workers))
      var random = RandomNumbers(seed: 0)
      let inputs = (0..<(batch * shape.count)).map { _ in random.uniform() }
      let labels = (0..<batch).map { $0 % 7 }
      var seed: UInt64 = 0
      let times = try Measurement(repeats: repeats) {
        _ = try trainer.step(inputs: inputs, shape: shape, labels: labels, seed: seed)
        optimiser.step(learningRate: 0.01)
        seed += 1
      }
      emit(
        ("name", .string("train")), ("model", .string(kind.name)), ("batch", .int(batch)),
        ("threads", .int(workers.count)), ("crops_per_second", rounded(Double(batch) / times.median)),
        ("ms", rounded(1e3 * times.median)), ("fastest_ms", rounded(1e3 * times.seconds[0])),
        ("peak_rss_mb", .int(Measurement.peakMemory())))
    }
  }
}
