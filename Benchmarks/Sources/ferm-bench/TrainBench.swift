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
      let trainer = try Trainer(network, settings: TrainingSettings(), workers: workers)
      let optimiser = try OptimiserKind.named("nesterov").make(
        network.parameters, OptimiserSettings(), Sharer(workers))
      var random = RandomNumbers(seed: 0)
      let inputs = (0..<(batch * shape.count)).map { _ in random.uniform() }
      let labels = (0..<batch).map { $0 % 7 }
      var seed: UInt64 = 0
      func step() throws {
        _ = try trainer.step(inputs: inputs, shape: shape, labels: labels, seed: seed)
        optimiser.step(learningRate: 0.01)
        seed += 1
      }
      let times = try Measurement(repeats: repeats, step)
      emit(
        ("name", .string("train")), ("model", .string(kind.name)), ("batch", .int(batch)),
        ("threads", .int(workers.count)), ("crops_per_second", rounded(Double(batch) / times.median)),
        ("ms", rounded(1e3 * times.median)), ("fastest_ms", rounded(1e3 * times.seconds[0])),
        ("peak_rss_mb", .int(Measurement.peakMemory())))
      if arguments.has("--operators") { try profile(trainer, batch: batch, repeats: repeats, step) }
    }
  }

  /// A line for each operator and direction, in the order of a step, and one for the optimiser: medians over the repeats.
  private func profile(_ trainer: Trainer, batch: Int, repeats: Int, _ step: () throws -> Void) throws {
    var operations: [Tape.Record] = []
    var times: [[Double]] = []
    for _ in 0..<repeats {
      var (place, last) = (0, Measurement.now())
      func add() {
        let now = Measurement.now()
        if place == times.count { times.append([]) }
        times[place].append(now - last)
        (place, last) = (place + 1, now)
      }
      trainer.observer = { operation in
        if place == operations.count { operations.append(operation) }
        add()
      }
      try step()
      add()
    }
    trainer.observer = nil
    let medians = times.map { $0.sorted()[$0.count / 2] }
    let total = medians.reduce(0, +)
    for (i, seconds) in medians.enumerated() {
      let operation = i < operations.count ? operations[i] : nil
      emit(
        ("name", .string("operator")), ("operator", .string(operation?.name ?? "update")),
        ("pass", .string(operation.map { $0.isBackward ? "backward" : "forward" } ?? "optimiser")),
        ("output", .string(operation?.output ?? "")), ("batch", .int(batch)), ("ms", rounded(1e3 * seconds)),
        ("time_share", rounded(seconds / total)))
    }
  }
}
