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
    let names = TrainingPrecision.allCases.map { $0.rawValue }
    let precision =
      try arguments.choice("--precision", of: names).flatMap { TrainingPrecision(rawValue: $0) } ?? .fp32
    guard precision.isAvailable else {
      throw UsageError("--precision \(precision.rawValue) takes instructions that this processor lacks.")
    }
    let side = try arguments.integer("--side", in: kind.sides) ?? kind.side.cropped
    let shape = Shape(kind.preprocessing.inputShape[0], side, side)
    for batch in try arguments.batches(default: [64]) {
      let network = try kind.make(NetworkSettings(classes: 7))
      let step = TrainingStep(
        network, optimiser: Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers)),
        workers: workers, precision: precision)
      var random = RandomNumbers(seed: 0)
      let inputs = (0..<(batch * shape.count)).map { _ in random.uniform() }
      let targets = Targets((0..<batch).map { $0 % 7 }, classes: network.classes)
      var seed: UInt64 = 0
      func run() throws {
        let batch = Tensor(inputs, shape: Shape([batch] + shape.dimensions))
        _ = try step(inputs: batch, targets: targets, seed: seed, learningRate: 0.01)
        seed += 1
      }
      let times = try Measurement(repeats: repeats, run)
      emit(
        ("name", .string("train")), ("model", .string(kind.name)), ("side", .int(side)),
        ("precision", .string(precision.rawValue)), ("batch", .int(batch)), ("threads", .int(workers.count)),
        ("crops_per_second", rounded(Double(batch) / times.median)),
        ("ms", rounded(1e3 * times.median)), ("fastest_ms", rounded(1e3 * times.seconds[0])),
        ("peak_rss_mb", .int(Measurement.peakMemory())))
      if arguments.has("--operators") { try profile(step, batch: batch, repeats: repeats, run) }
    }
  }

  /// A line for each operator and direction, in the order of a step, and one for the optimiser: medians over the repeats.
  private func profile(_ step: TrainingStep, batch: Int, repeats: Int, _ run: () throws -> Void) rethrows {
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
      step.observer = { operation in
        if place == operations.count { operations.append(operation) }
        add()
      }
      try run()
      add()
    }
    step.observer = nil
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
