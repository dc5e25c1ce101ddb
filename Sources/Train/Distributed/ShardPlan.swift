/// How a batch is cut into shards, and which of them are this process's.
///
/// A shard goes forward and back by itself, with batch norm's statistics and dropout of its own; what the shards come to is
/// added along a binary tree (``SumTree``). So the bits of a step depend on the number of shards, and neither on that of the
/// processes that share them nor on that of threads.
public struct ShardPlan: Equatable, Sendable {
  /// All shards of a batch: a power of two.
  public let count: Int
  /// Those of this process.
  public let own: Range<Int>

  /// The batch as it is, in one process.
  public init() { (count, own) = (1, 0..<1) }

  /// Shares shards out evenly.
  ///
  /// - Throws: `setting` where `count` is no power of two, or the group's processes cannot have as many each.
  public init(_ count: Int, in group: any ProcessGroup) throws(TrainError) {
    guard count > 0, count & (count - 1) == 0 else {
      throw .setting("--shards \(count) is no power of two, such as 2, 4 or 8.")
    }
    guard count % group.count == 0 else {
      throw .setting(
        "--shards \(count) cannot be shared out evenly among \(group.count) processes; start a power of two of them, \(count) at most, or give more --shards."
      )
    }
    let each = count / group.count
    self.count = count
    own = (group.rank * each)..<((group.rank + 1) * each)
  }

  /// Refuses batches that are too small for shards of two faces.
  ///
  /// - Throws: `setting`.
  public func check(batch: Int) throws(TrainError) {
    guard count > 1, batch < 2 * count else { return }
    throw .setting(
      "--shards \(count) needs batches of at least \(2 * count) faces, two for each shard, and there are \(batch); give fewer shards or a larger --batch."
    )
  }

  /// The faces of a shard in a batch of so many; shards differ by one face at most.
  public func faces(of shard: Int, in batch: Int) -> Range<Int> {
    (batch * shard / count)..<(batch * (shard + 1) / count)
  }

  /// The faces of this process in a batch of so many.
  public func ownFaces(in batch: Int) -> Range<Int> {
    (batch * own.lowerBound / count)..<(batch * own.upperBound / count)
  }

  /// What fixes the dropout of a shard in a step that has this seed.
  func seed(_ step: UInt64, of shard: Int) -> UInt64 {
    count == 1 ? step : RandomNumbers.mix(step &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(shard + 1))
  }
}
