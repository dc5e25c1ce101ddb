/// Processes that train one network together, or one alone.
///
/// Every process calls the same functions in the same order, from one thread. Sums are taken along the binary tree of ranks,
/// partial sums of neighbours first, `(0 + 1) + (2 + 3)` for four: whoever adds, the bits are the same.
public protocol ProcessGroup {
  /// The place of this process among all, from 0.
  var rank: Int { get }
  /// How many there are: a power of two.
  var count: Int { get }
  /// Begins to replace the elements by their sum over all processes, taken in a format, and returns at once; nobody touches the
  /// tensor before ``finishSums()``.
  func beginSum(_ values: Tensor, as wire: WireFormat)
  /// Waits for all sums that were begun; after a failure the tensors hold anything.
  ///
  /// - Throws: `processLost`.
  func finishSums() throws(TrainError)
  /// The sums of a few numbers, place by place.
  ///
  /// - Throws: `processLost`.
  func sum(_ numbers: [Double]) throws(TrainError) -> [Double]
  /// Makes one process's bytes everybody's; what the others give is ignored.
  ///
  /// - Throws: `processLost`.
  func share(_ bytes: [UInt8], from rank: Int) throws(TrainError) -> [UInt8]
  /// The bytes of all processes, in the order of their ranks; each may have as many as it likes.
  ///
  /// - Throws: `processLost`.
  func gather(_ bytes: [UInt8]) throws(TrainError) -> [[UInt8]]
}

/// One process that has all of a batch: a sum is what it has itself.
public struct SingleProcess: ProcessGroup {
  /// Makes the group.
  public init() {}

  /// The first and only one.
  public var rank: Int { 0 }
  /// One.
  public var count: Int { 1 }
  /// Leaves the values as they are, but for the format's rounding.
  public func beginSum(_ values: Tensor, as wire: WireFormat) {
    values.withMutableSpan { values in wire.round(&values) }
  }
  /// Has nothing to wait for.
  public func finishSums() {}
  /// The numbers.
  public func sum(_ numbers: [Double]) -> [Double] { numbers }
  /// The bytes.
  public func share(_ bytes: [UInt8], from rank: Int) -> [UInt8] { bytes }
  /// The bytes, alone.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}
