internal import FermFormat

/// Where a run stands: enough to go on with it bit for bit.
///
/// All randomness comes from counters (seed, epoch, face, step), so no generator has a state.
public struct TrainingState {
  /// Settings and data of the run; a resume must have the same.
  public var settings: [(key: String, value: String)] = []
  /// Epochs done.
  public var epoch = 0
  /// Steps done in the running epoch.
  public var step = 0
  /// Loss and hits over the faces seen in the running epoch.
  public var running = (loss: 0.0, right: 0, seen: 0)
  /// Steps of the optimiser in the running stage.
  public var optimiserSteps = 0
  /// The epochs done when the final stage began; nil before.
  public var finalFrom: Int?
  /// What the schedule keeps.
  public var schedule: [Double] = []
  /// The best validation score so far, and its epoch from 1; 0 before the first.
  public var best = (score: -Double.infinity, epoch: 0)
  /// One row for each epoch done.
  public var history: [HistoryRow] = []
  /// The weights in training, where the model holds their average, and the optimiser's buffers.
  public var tensors: [(name: String, values: [Float])] = []

  /// One epoch, as the curves show it.
  public struct HistoryRow: Equatable, Sendable {
    /// The learning rate of the epoch's first step.
    public var learningRate = 0.0
    /// Mean loss over the training faces as they were seen.
    public var trainLoss = 0.0
    /// Accuracy over the training faces as they were seen.
    public var trainAccuracy = 0.0
    /// Loss on the validation faces; not a number without any.
    public var validationLoss = Double.nan
    /// Accuracy on the validation faces.
    public var validationAccuracy = Double.nan
  }

  /// The start of a run.
  public init() {}

  /// Why a run with other settings or data cannot go on from here; nil when it can.
  public func mismatch(with other: [(key: String, value: String)]) -> String? {
    for (key, value) in settings {
      guard let now = other.first(where: { $0.key == key })?.value else {
        return "\(key) is \(value) in the run and missing now"
      }
      if now != value { return "\(key) is \(value) in the run and \(now) now" }
    }
    let known = Set(settings.map { $0.key })
    return other.first { !known.contains($0.key) }.map { "\($0.key) is \($0.value) now and not in the run" }
  }
}

extension TrainingState {
  /// The version of the bytes below; others are refused, as the chunk promises nothing to later programs.
  private static let version: UInt32 = 1

  /// The state as the bytes of a file's training-state chunk.
  public func encoded() -> [UInt8] {
    var out = StateWriter()
    out.number(UInt64(Self.version))
    out.list(settings) { out, entry in
      out.text(entry.key)
      out.text(entry.value)
    }
    for value in [epoch, step, running.right, running.seen, optimiserSteps, best.epoch, finalFrom ?? -1] {
      out.whole(value)
    }
    out.real(running.loss)
    out.real(best.score)
    out.list(schedule) { $0.real($1) }
    out.list(history) { out, row in
      for value in [
        row.learningRate, row.trainLoss, row.trainAccuracy, row.validationLoss, row.validationAccuracy,
      ] { out.real(value) }
    }
    out.list(tensors) { out, tensor in
      out.text(tensor.name)
      out.floats(tensor.values)
    }
    return out.bytes
  }

  /// Reads the bytes back.
  ///
  /// - Throws: `checkpoint` for another version's bytes, or damaged ones.
  public init(_ bytes: [UInt8]) throws(TrainError) {
    var reader = StateReader(bytes)
    guard try reader.number() == UInt64(Self.version) else {
      throw .checkpoint(
        "its training state was written by another version of fer-train; start a new run with --init.")
    }
    settings = try reader.list { reader throws(TrainError) in (try reader.text(), try reader.text()) }
    epoch = try reader.whole()
    step = try reader.whole()
    running.right = try reader.whole()
    running.seen = try reader.whole()
    optimiserSteps = try reader.whole()
    best.epoch = try reader.whole()
    let start = try reader.whole()
    finalFrom = start < 0 ? nil : start
    running.loss = try reader.real()
    best.score = try reader.real()
    schedule = try reader.list { reader throws(TrainError) in try reader.real() }
    history = try reader.list { reader throws(TrainError) in
      HistoryRow(
        learningRate: try reader.real(), trainLoss: try reader.real(), trainAccuracy: try reader.real(),
        validationLoss: try reader.real(), validationAccuracy: try reader.real())
    }
    tensors = try reader.list { reader throws(TrainError) in (try reader.text(), try reader.floats()) }
  }
}

/// Little-endian numbers, texts with their length, lists with their count.
private struct StateWriter {
  var bytes: [UInt8] = []

  mutating func number(_ value: UInt64) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes += $0 }
  }
  mutating func whole(_ value: Int) { number(UInt64(bitPattern: Int64(value))) }
  mutating func real(_ value: Double) { number(value.bitPattern) }
  mutating func text(_ text: String) {
    whole(text.utf8.count)
    bytes += Array(text.utf8)
  }
  mutating func floats(_ values: [Float]) {
    whole(values.count)
    unsafe values.withUnsafeBytes { unsafe bytes += $0 }
  }
  mutating func list<T>(_ items: [T], _ write: (inout StateWriter, T) -> Void) {
    whole(items.count)
    for item in items { write(&self, item) }
  }
}

private struct StateReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func take(_ count: Int) throws(TrainError) -> Int {
    guard count >= 0, count <= bytes.count - place else {
      throw .checkpoint("its training state is damaged; start a new run with --init.")
    }
    defer { place += count }
    return place
  }

  mutating func number() throws(TrainError) -> UInt64 {
    let start = try take(8)
    // SAFETY: `take` has found that the bytes are there.
    return unsafe bytes.withUnsafeBytes {
      unsafe UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
  }
  mutating func whole() throws(TrainError) -> Int { Int(Int64(bitPattern: try number())) }
  mutating func real() throws(TrainError) -> Double { Double(bitPattern: try number()) }
  mutating func text() throws(TrainError) -> String {
    let count = try whole()
    let start = try take(count)
    return String(decoding: bytes[start..<(start + count)], as: UTF8.self)
  }
  mutating func floats() throws(TrainError) -> [Float] {
    let count = try whole()
    guard count >= 0, count <= Limits.elements else {
      throw .checkpoint("its training state is damaged; start a new run with --init.")
    }
    let start = try take(4 * count)
    // SAFETY: `take` has found that the bytes are there, and there is room for as many.
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe bytes.withUnsafeBytes { raw in
        unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: raw[start..<(start + 4 * count)]))
      }
      filled = count
    }
  }
  mutating func list<T>(
    _ read: (inout StateReader) throws(TrainError) -> T
  ) throws(TrainError) -> [T] {
    let count = try whole()
    var items: [T] = []
    // Each item has at least 8 bytes, so a damaged count cannot make the list outgrow the bytes.
    guard count >= 0, count <= bytes.count / 8 else {
      throw .checkpoint("its training state is damaged; start a new run with --init.")
    }
    for _ in 0..<count { items.append(try read(&self)) }
    return items
  }
}
