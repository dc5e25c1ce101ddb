internal import FermFormat

/// Sums of lists of tensors that come one after the other, along a binary tree: neighbours first, `(0 + 1) + (2 + 3)`.
///
/// As in a binary counter, a partial sum waits on each level for its neighbour: for `n` lists, log2(n) others are in memory.
/// Ranks of a ``ProcessGroup`` are the upper levels of the same tree.
struct SumTree {
  /// The partial sums, of 1, 2, 4 lists and so on.
  private var levels: [[Tensor]] = []
  private var lists = 0
  private let wire: WireFormat

  /// Prepares sums that are taken as those that travel in a format.
  init(as wire: WireFormat) { self.wire = wire }

  /// Begins another sum.
  mutating func restart() { lists = 0 }

  /// The levels whose sums wait for the list that comes now.
  private var waiting: Range<Int> { 0..<(~lists).trailingZeroBitCount }

  /// Takes a list that is not the last; its elements are used up.
  mutating func add(_ list: [Tensor], _ sharer: Sharer) {
    let level = waiting.upperBound
    if level == levels.count { levels.append(list.map { Tensor(unfilled: $0.shape) }) }
    for (i, tensor) in list.enumerated() {
      complete(tensor, at: i, sharer)
      levels[level][i].writePieces(sharer, from: tensor) { to, from in for k in to.indices { to[k] = from[k] }
      }
    }
    lists += 1
  }

  /// Adds to a tensor of the last list what waits for it; of a power of two of lists this is the whole sum.
  func complete(_ tensor: Tensor, at place: Int, _ sharer: Sharer) {
    for level in waiting { tensor.writePieces(sharer, from: levels[level][place]) { wire.add($1, to: &$0) } }
  }

  /// The same sum of a few numbers, place by place.
  ///
  /// - Precondition: the number of lists is a power of two.
  static func sum(_ lists: ArraySlice<[Double]>) -> [Double] {
    guard lists.count > 1 else { return lists.first ?? [] }
    let middle = lists.startIndex + lists.count / 2
    return zip(sum(lists[..<middle]), sum(lists[middle...])).map { $0 + $1 }
  }
}
