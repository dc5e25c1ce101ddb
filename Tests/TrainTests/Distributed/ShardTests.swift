import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Shards")
struct ShardTests {
  private static func step(
    _ network: any Network, shards: Int, rate: Float = 0, workers: Workers
  ) throws -> TrainingStep {
    TrainingStep(
      network, optimiser: Optimiser(network.parameters, rule: SGD(momentum: 0), sharer: Sharer(workers)),
      plan: try ShardPlan(shards, in: SingleProcess()), workers: workers)
  }

  @Test("add up to the whole batch's loss, hits and gradients, with weights, votes and uneven parts")
  func meaning() throws {
    let workers = try Workers(count: 2)
    let labels = (0..<11).map { $0 % 3 }
    let lessons = labels.map { Lesson(weight: Float($0) + 0.5, votes: $0 == 2 ? [0.5, 0, 0.5] : []) }
    let targets = Targets(
      labels, classes: 3, smoothing: 0.1, weights: [1, 2, 0.3], mix: 0.7, lessons: lessons,
      votes: .multiTarget)
    let inputs = Tensor(Support.numbers(11 * 8, seed: 5), shape: Shape(11, 8))
    func outcome(_ shards: Int) throws -> (StepResult, [[Float]]) {
      let network = TwoLayers(inputs: 8, hidden: 16, seed: 3)
      let result = try Self.step(network, shards: shards, workers: workers)(
        inputs: inputs, targets: targets, seed: 1, learningRate: 0)
      return (result, network.parameters.compactMap { $0.gradient?.values })
    }
    let (whole, parts) = (try outcome(1), try outcome(4))
    #expect(abs(whole.0.loss - parts.0.loss) < 1e-6)
    #expect(whole.0.right == parts.0.right && whole.0.right > 0)
    for (one, other) in zip(whole.1, parts.1) {
      for (a, b) in zip(one, other) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test(
    "leave the tree's sum of their gradients and the mean of their running statistics",
    arguments: ["vgg-s", "resnet18", "mobilenetv2"])
  func sums(name: String) throws {
    let workers = try Workers(count: 2)
    let inputs = Tensor(Support.numbers(8 * 32 * 32, seed: 1), shape: Shape(8, 1, 32, 32))
    let targets = Targets([0, 1, 2, 0, 1, 2, 0, 1], classes: 3, smoothing: 0.1)
    let (network, twin) = (try Self.network(name), try Self.network(name))
    let step = try Self.step(network, shards: 4, workers: workers)
    let result = try step(inputs: inputs, targets: targets, seed: 9, learningRate: 0)

    let other = try Self.step(twin, shards: 1, workers: workers)
    let start = twin.parameters.map { $0.value.values }
    var (gradients, statistics, losses): ([[[Float]]], [[[Float]]], [Double]) = ([], [], [])
    for shard in 0..<4 {
      for (parameter, values) in zip(twin.parameters, start) { parameter.value.update(from: values) }
      let faces = step.plan.faces(of: shard, in: 8)
      let result = other.gradients(
        inputs: inputs.copy(of: faces, pool: nil), targets: targets.part(faces),
        seed: step.plan.seed(9, of: shard))
      gradients.append(twin.parameters.map { $0.gradient?.values ?? [] })
      statistics.append(twin.parameters.map { $0.kind == .statistic ? $0.value.values : [] })
      losses.append(Double(result.loss))
    }
    #expect(result.loss == Float((losses[0] + losses[1]) + (losses[2] + losses[3])))
    func sum(_ lists: [[[Float]]], _ i: Int, _ k: Int) -> Float {
      (lists[0][i][k] + lists[1][i][k]) + (lists[2][i][k] + lists[3][i][k])
    }
    for (i, parameter) in network.parameters.enumerated() {
      let isSame =
        parameter.kind == .statistic
        ? parameter.value.values == start[i].indices.map { sum(statistics, i, $0) / 4 }
        : parameter.gradient?.values == start[i].indices.map { sum(gradients, i, $0) }
      #expect(isSame, "\(parameter.name)")
    }
  }

  static func network(_ name: String) throws -> any Network {
    try NetworkKind.named(name).make(
      NetworkSettings(classes: 3, width: name == "vgg-s" ? 0.25 : 1, dropout: 0.2, seed: 4))
  }

  @Test("are told what they cannot be")
  func refusals() throws {
    func sentence(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(sentence { _ = try ShardPlan(3, in: SingleProcess()) }.contains("no power of two"))
    let answers = try ThreadGroup.run(4) { group in sentence { _ = try ShardPlan(2, in: group) } }
    #expect(answers.allSatisfy { $0.contains("cannot be shared out evenly among 4 processes") })
    #expect(sentence { try ShardPlan(4, in: SingleProcess()).check(batch: 7) }.contains("at least 8 faces"))
    #expect(sentence { try ShardPlan(4, in: SingleProcess()).check(batch: 8) } == "")
  }

  @Test("cover a batch in order, as even as may be, on whatever ranks")
  func division() throws {
    for batch in [8, 9, 11, 64] {
      let plans = try ThreadGroup.run(4) { try ShardPlan(8, in: $0) }
      let faces = plans.flatMap { plan in plan.own.flatMap { plan.faces(of: $0, in: batch) } }
      #expect(faces == Array(0..<batch))
      #expect(plans.flatMap { $0.ownFaces(in: batch) } == faces)
      let sizes = (0..<8).map { plans[0].faces(of: $0, in: batch).count }
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
  }
}
