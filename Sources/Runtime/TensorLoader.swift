internal import FermFormat
internal import FermSystem

/// The tensors of a file for a plan that asks for them one by one, decoded by several threads ahead of it.
///
/// A plan keeps the filters of its convolutions as they are, so these are decoded at any time, the largest first. Of the others
/// the plan has the one that it asked for last, and one more is decoded ahead: there are never more than two in memory.
@safe final class TensorLoader: @unchecked Sendable {
  private enum State {
    case waiting, inWork
    case ready(Model.Weight)
    /// For the plan's own thread: it asked before anybody came to the tensor, or somebody met a fault, which it then names.
    case left
  }

  /// Smaller tensors are decoded when they are asked for.
  private static let leastBytes = 1 << 15

  private let file: ModelFile
  /// By tensor, whether a convolution takes it.
  private let isKept: [Bool]
  /// Those that are decoded ahead, the largest first.
  private let order: [Int]
  private let workers: Workers
  private let monitor: OpaquePointer
  // SAFETY: these are only touched within the monitor.
  private var states: [State]
  /// Whether a tensor that is not kept was decoded ahead, or is being so.
  private var isOneAhead = false
  private var isOver = false

  /// - Parameter threads: that decode, the caller's among them; 0 for as many as this process may use processors.
  convenience init(_ file: ModelFile, threads: Int) throws(FormatError) {
    try requireMemory(64 * (file.tensors.count + file.graph.nodes.count) + 1 << 16)
    let order = file.tensors.indices.filter { file.tensors[$0].storedBytes >= Self.leastBytes }
      .sorted { file.tensors[$0].storedBytes > file.tensors[$1].storedBytes }
    let all = threads > 0 ? threads : Int(ferm_processor_count())
    let workers = try Workers(count: max(1, min(all, order.count)))
    guard let monitor = unsafe ferm_monitor_create() else { throw .noMemory }
    unsafe self.init(file, order: order, workers: workers, monitor: monitor)
  }

  private init(_ file: ModelFile, order: [Int], workers: Workers, monitor: OpaquePointer) {
    self.file = file
    self.order = order
    self.workers = workers
    unsafe self.monitor = monitor
    states = [State](repeating: .waiting, count: file.tensors.count)
    var isKept = [Bool](repeating: false, count: file.tensors.count)
    for node in file.graph.nodes {
      if case .convolution(let definition) = node.operator { isKept[definition.weight] = true }
    }
    self.isKept = isKept
  }

  // SAFETY: no thread is at work when the object goes.
  deinit { unsafe ferm_monitor_destroy(monitor) }

  /// Lets the threads begin; ``finish()`` must follow.
  func begin() {
    // SAFETY: the object outlives the calls, which finish() waits for.
    unsafe workers.begin(
      { loader, _ in
        guard let loader = unsafe loader else { return }
        unsafe Unmanaged<TensorLoader>.fromOpaque(loader).takeUnretainedValue().decodeAhead()
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Returns when no thread is at work any more.
  func finish() {
    within { isOver = true }
    workers.end()
  }

  /// A tensor, for the plan's own thread, which asks for each of them once.
  func tensor(_ index: Int) throws(FormatError) -> Model.Weight {
    while true {
      var (found, other, isOwn) = (Model.Weight?.none, Int?.none, false)
      within {
        switch states[index] {
        case .ready(let weight):
          found = weight
          states[index] = .left
          if !isKept[index] { isOneAhead = false }
        case .left:
          isOwn = true
        case .waiting:
          // Before one of the large ones comes a larger one, so that the last of all is small and nobody waits long for it.
          if workers.count > 1, file.tensors[index].storedBytes >= Self.leastBytes { other = next() }
          if other == nil {
            states[index] = .left
            isOwn = true
          }
        case .inWork:
          other = next()
          if other == nil { unsafe ferm_monitor_wait(monitor) }
        }
      }
      if let found { return found }
      if isOwn { return try file.loadTensor(index) }
      if let other { decode(other) }
    }
  }

  /// What each of the other threads does.
  private func decodeAhead() {
    var reserve: OpaquePointer?
    unsafe withUnsafeMutablePointer(to: &reserve) { reserve in
      // SAFETY: the reserve is left and dropped before its place goes.
      guard unsafe ferm_reserve_enter(reserve, 1 << 16) != 0 else { return }
      while let index = nextAhead() { decode(index) }
      ferm_reserve_leave()
      unsafe ferm_reserve_drop(reserve)
    }
  }

  /// The next tensor to decode, which may have to wait for the plan; nil when all are done or given to others.
  private func nextAhead() -> Int? {
    var found: Int?
    within {
      while !isOver {
        found = next()
        guard found == nil, order.contains(where: { isWaiting($0) }) else { return }
        unsafe ferm_monitor_wait(monitor)
      }
    }
    return found
  }

  private func decode(_ index: Int) {
    var state = State.left
    do throws(FormatError) { state = .ready(try file.loadTensor(index)) } catch {}
    within {
      states[index] = state
      if case .left = state, !isKept[index] { isOneAhead = false }
    }
  }

  /// Takes a tensor to decode ahead, within the monitor.
  private func next() -> Int? {
    guard let index = order.first(where: { isWaiting($0) && (isKept[$0] || !isOneAhead) }) else { return nil }
    states[index] = .inWork
    if !isKept[index] { isOneAhead = true }
    return index
  }

  private func isWaiting(_ index: Int) -> Bool {
    if case .waiting = states[index] { true } else { false }
  }

  /// Does something within the monitor, and tells those who wait that it has changed.
  private func within(_ body: () -> Void) {
    unsafe ferm_monitor_enter(monitor)
    body()
    unsafe ferm_monitor_notify(monitor)
    unsafe ferm_monitor_leave(monitor)
  }
}
