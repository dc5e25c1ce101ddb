internal import FermFormat

/// Sums and collections over the processes of a group, made of messages between pairs.
///
/// Sums go along the binary tree of ranks whatever their way: in round after round, at distances 1, 2, 4 and so on, each
/// process adds what its partner has of the same elements, `(0 + 1) + (2 + 3)` in the end. So the bits are those of one
/// process that adds its parts in that order.
final class Exchange {
  let transport: any Transport
  /// Up to so many elements a message costs more than what it carries: everybody then adds everything.
  static let few = 4096
  private var scratch = Tensor(zeros: Shape(Exchange.few))

  /// Uses a transport between a power of two of processes.
  init(_ transport: any Transport) { self.transport = transport }

  private var distances: [Int] {
    sequence(first: 1) { 2 * $0 }.prefix { $0 < transport.count }.map { $0 }
  }

  // MARK: - Sums

  /// Replaces the elements by their sum over all processes, which travels in a format.
  ///
  /// - Complexity: twice the tensor's bytes leave each process, and as many come; log2(processes) times its bytes where it has
  ///   few elements. In bf16 half of that.
  func sum(_ values: Tensor, as wire: WireFormat) throws(TrainError) {
    if scratch.count < values.count { scratch = Tensor(unfilled: values.shape) }
    try values.withMutableSpan { values throws(TrainError) in
      try scratch.withMutableSpan { scratch throws(TrainError) in
        if values.count <= Self.few {
          try sumAll(&values, &scratch, wire)
        } else {
          try sumShares(&values, &scratch, wire)
        }
      }
    }
  }

  /// Everybody adds all elements.
  private func sumAll(
    _ values: inout MutableSpan<Float>, _ scratch: inout MutableSpan<Float>, _ wire: WireFormat
  ) throws(TrainError) {
    let all = 0..<values.count
    for distance in distances {
      try swap(&values, all, &scratch, all, at: distance, wire)
      wire.add(scratch.span.extracting(all), to: &values)
    }
    wire.round(&values)
  }

  /// Each adds a share of the elements, half as many from round to round, and then the shares are put together again.
  private func sumShares(
    _ values: inout MutableSpan<Float>, _ scratch: inout MutableSpan<Float>, _ wire: WireFormat
  ) throws(TrainError) {
    var halves: [(own: Range<Int>, other: Range<Int>)] = []
    var range = 0..<values.count
    for distance in distances {
      let middle = range.lowerBound + range.count / 2
      let (low, high) = (range.lowerBound..<middle, middle..<range.upperBound)
      let (own, other) = transport.rank & distance == 0 ? (low, high) : (high, low)
      try swap(&values, other, &scratch, own, at: distance, wire)
      var share = values._mutatingExtracting(own)
      wire.add(scratch.span.extracting(own), to: &share)
      halves.append((own, other))
      range = own
    }
    var share = values._mutatingExtracting(range)
    wire.round(&share)
    for (distance, half) in zip(distances, halves).reversed() {
      try swap(&values, half.own, &scratch, half.other, at: distance, wire)
      for i in half.other { values[i] = scratch[i] }
    }
  }

  /// Sends a part of `values` to the partner at a distance, and puts what it sends of another part at that part's place in `scratch`.
  private func swap(
    _ values: inout MutableSpan<Float>, _ sent: Range<Int>, _ scratch: inout MutableSpan<Float>,
    _ received: Range<Int>, at distance: Int, _ wire: WireFormat
  ) throws(TrainError) {
    var part = scratch._mutatingExtracting(received)
    let partner = transport.rank ^ distance
    switch wire {
    case .fp32:
      // SAFETY: any bytes are floats, here and where numbers are seen as bytes below.
      var bytes = unsafe part.mutableBytes
      try unsafe transport.exchange(values.span.extracting(sent).bytes, into: &bytes, with: partner)
    case .bf16:
      var came = [UInt16](repeating: 0, count: received.count)
      let short = WireFormat.narrowed(values.span.extracting(sent))
      try swap(unsafe short.span.bytes, &came, with: partner)
      WireFormat.widen(came.span, into: &part)
    }
  }

  /// The sums of a few numbers over all processes.
  func sum(_ numbers: [Double]) throws(TrainError) -> [Double] {
    var sums = numbers
    var came = numbers
    for distance in distances {
      var span = came.mutableSpan
      var bytes = unsafe span.mutableBytes
      try unsafe transport.exchange(sums.span.bytes, into: &bytes, with: transport.rank ^ distance)
      for i in sums.indices { sums[i] += came[i] }
    }
    return sums
  }

  // MARK: - Collections

  /// The bytes of all processes, in the order of their ranks.
  ///
  /// Everybody knows those of a block of ranks, which doubles from round to round.
  func gather(_ bytes: [UInt8]) throws(TrainError) -> [[UInt8]] {
    var known = [[UInt8]](repeating: [], count: transport.count)
    known[transport.rank] = bytes
    for distance in distances {
      let own = (transport.rank & ~(distance - 1))..<((transport.rank | (distance - 1)) + 1)
      let first = own.lowerBound ^ distance
      let others = first..<(first + distance)
      let partner = transport.rank ^ distance
      let lengths = known[own].map { UInt64($0.count) }
      var came = [UInt64](repeating: 0, count: distance)
      try swap(unsafe lengths.span.bytes, &came, with: partner)
      let sent = known[own].flatMap { $0 }
      var all = [UInt8](repeating: 0, count: Int(came.reduce(0, +)))
      try swap(unsafe sent.span.bytes, &all, with: partner)
      var place = 0
      for (rank, length) in zip(others, came) {
        known[rank] = Array(all[place..<(place + Int(length))])
        place += Int(length)
      }
    }
    return known
  }

  private func swap<Element: BitwiseCopyable>(
    _ sent: RawSpan, _ received: inout [Element], with partner: Int
  ) throws(TrainError) {
    var span = received.mutableSpan
    var bytes = unsafe span.mutableBytes
    try transport.exchange(sent, into: &bytes, with: partner)
  }
}
