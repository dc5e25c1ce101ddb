internal import FermFormat

/// Adds what the shards of a step come to: gradients, layer by layer as the last of this process's shards goes back, so that
/// they travel while earlier layers still compute; and batch norm's running statistics, which become the shards' mean.
final class ShardSums {
  private let plan: ShardPlan
  private let group: any ProcessGroup
  private let sharer: Sharer
  private let trained: [Parameter]
  private let places: [ObjectIdentifier: Int]
  private var gradients: SumTree
  private let gradientParcels: Parcels
  /// Whether a gradient is on its way.
  private var isSent: [Bool]
  private let statistics: [Tensor]
  /// The statistics before the step.
  private let before: [Tensor]
  private var moved = SumTree(as: .fp32)
  private let statisticParcels: Parcels
  private var movesStatistics = false
  private var shardsDone = 0

  init(
    _ network: any Network, trained: [Parameter], _ plan: ShardPlan, _ group: any ProcessGroup,
    as wire: WireFormat, _ sharer: Sharer
  ) {
    self.plan = plan
    self.group = group
    self.sharer = sharer
    self.trained = trained
    places = Dictionary(uniqueKeysWithValues: trained.enumerated().map { (ObjectIdentifier($1), $0) })
    isSent = trained.map { _ in false }
    gradients = SumTree(as: wire)
    gradientParcels = Parcels(trained.compactMap { $0.gradient }, group, as: wire)
    statistics = network.parameters.filter { $0.kind == .statistic && !$0.isFrozen }.map { $0.value }
    before = statistics.map { Tensor(unfilled: $0.shape) }
    statisticParcels = Parcels(statistics, group, as: .fp32)
  }

  /// Whether the shard that comes or goes on is this process's last.
  private var isLast: Bool { shardsDone == plan.own.count - 1 }

  /// Begins a pass over the batch.
  func begin(movesStatistics: Bool) {
    self.movesStatistics = movesStatistics
    shardsDone = 0
    gradients.restart()
    gradientParcels.restart()
    for i in isSent.indices { isSent[i] = false }
    guard movesStatistics else { return }
    moved.restart()
    statisticParcels.restart()
    copy(statistics, to: before)
  }

  /// A shard has gone forward and moved the statistics; the next one moves them from where they were.
  func wentForward() {
    guard movesStatistics else { return }
    guard isLast else {
      moved.add(statistics, sharer)
      return copy(before, to: statistics)
    }
    for (i, statistic) in statistics.enumerated() {
      moved.complete(statistic, at: i, sharer)
      statisticParcels.add(i)
    }
  }

  /// What used a parameter in the shard has gone back.
  func isWhole(_ parameter: Parameter) {
    guard isLast, let place = places[ObjectIdentifier(parameter)] else { return }
    send(place)
  }

  /// A shard has gone back.
  func wentBack() {
    if isLast {
      for place in trained.indices where !isSent[place] { send(place) }
    } else {
      gradients.add(trained.compactMap { $0.gradient }, sharer)
    }
    shardsDone += 1
  }

  private func send(_ place: Int) {
    guard let gradient = trained[place].gradient else { return }
    gradients.complete(gradient, at: place, sharer)
    isSent[place] = true
    gradientParcels.add(place)
  }

  /// Leaves the whole batch's gradients in the parameters, and moves the running statistics.
  ///
  /// - Returns: the sums of numbers that each process has some of.
  /// - Throws: `processLost`; the statistics hold anything until ``undo()``.
  func finish(_ numbers: [Double]) throws(TrainError) -> [Double] {
    try group.finishSums()
    gradientParcels.unpack()
    let sums = try group.sum(numbers)
    guard movesStatistics else { return sums }
    statisticParcels.unpack()
    let share = 1 / Float(plan.count)
    for statistic in statistics {
      statistic.withMutableSpan { values in for i in values.indices { values[i] *= share } }
    }
    return sums
  }

  /// Puts the running statistics back where they were before the step, of which one pass has moved them.
  func undo() { copy(before, to: statistics) }

  private func copy(_ tensors: [Tensor], to others: [Tensor]) {
    for (from, to) in zip(tensors, others) {
      to.writePieces(sharer, from: from) { to, from in for i in to.indices { to[i] = from[i] } }
    }
  }
}
