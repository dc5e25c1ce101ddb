import FermToolSupport
import FermTrain
import Glibc

/// Messages by MPI.
///
/// While it waits it sleeps, since the processor belongs to those who compute; MPI's own waiting would keep it busy.
final class MessageTransport: Transport {
  let rank: Int
  let count: Int
  private let library: MessageLibrary
  /// The processes on this machine, by rank: when one of them is gone, that can be seen.
  private var companions: [(rank: Int, process: pid_t)] = []

  /// The longest sleep between two looks, in microseconds.
  private static let longestSleep: UInt32 = 200
  /// Seconds between two looks whether the others are still there.
  private static let watch = 0.05
  /// Seconds without an answer after which the other counts as lost: the first process may be writing its files meanwhile.
  private static let patience = 1800.0
  /// The same once everybody has been told to stop, which a launcher does when it has lost a process.
  private static let shortPatience = 5.0
  /// Bytes that the shim exchanges at a time, at most.
  private static let most = 1 << 23

  /// Joins the others.
  ///
  /// - Throws: `setting` where MPI cannot be used as it was started.
  init(_ library: MessageLibrary) throws(TrainError) {
    self.library = library
    var (rank, count): (Int32, Int32) = (0, 0)
    let code = library.begin(&rank, &count)
    guard code == 0 else { throw .setting("MPI cannot be used: \(library.words(code)).") }
    (self.rank, self.count) = (Int(rank), Int(count))
    let started = Launcher.current?.count ?? 1
    guard self.count == started else {
      throw .setting(
        "The launcher started \(started) processes, and MPI knows of \(count): it is another MPI's launcher, or srun needs --mpi=pmix."
      )
    }
  }

  /// Takes note of which processes are on this machine.
  ///
  /// - Parameter places: for each rank, what tells machines apart, and the process.
  func watch(_ places: [ProcessPlace]) {
    guard places.count == count else { return }
    companions = places.indices.filter { $0 != rank && places[$0].machine == places[rank].machine }
      .map { ($0, places[$0].process) }
  }

  func exchange(
    _ sent: RawSpan, into received: inout MutableRawSpan, with other: Int
  ) throws(TrainError) {
    try sent.withUnsafeBytes { sent throws(TrainError) in
      try received.withUnsafeMutableBytes { received throws(TrainError) in
        var (out, into) = (0, 0)
        repeat {
          let part = UnsafeRawBufferPointer(rebasing: sent[out..<min(out + Self.most, sent.count)])
          let room = UnsafeMutableRawBufferPointer(
            rebasing: received[into..<min(into + Self.most, received.count)])
          try check(
            library.exchange(
              part.baseAddress, Int32(part.count), room.baseAddress, Int32(room.count), Int32(other)), other)
          try wait(for: other)
          (out, into) = (out + part.count, into + room.count)
        } while out < sent.count || into < received.count
      }
    }
  }

  func close() { _ = library.end() }

  /// Waits until both messages are there.
  private func wait(for other: Int) throws(TrainError) {
    var sleep: UInt32 = 10
    var (begun, looked): (Double?, Double) = (nil, 0)
    while true {
      var done: Int32 = 0
      try check(library.test(&done), other)
      guard done == 0 else { return }
      usleep(sleep)
      sleep = min(sleep + sleep / 2, Self.longestSleep)
      let now = ProgressLine.now
      let start = begun ?? now
      begun = start
      guard now - looked >= Self.watch else { continue }
      looked = now
      if let gone = companions.first(where: { kill($0.process, 0) != 0 && errno == ESRCH }) {
        throw lost(gone.rank, "its process has ended")
      }
      let patience = StopSignals.wantsStop ? Self.shortPatience : Self.patience
      if now - start > patience { throw lost(other, "it has not answered for \(Int(patience)) seconds") }
    }
  }

  private func check(_ code: Int32, _ other: Int) throws(TrainError) {
    guard code != 0 else { return }
    throw lost(other, library.words(code))
  }

  private func lost(_ other: Int, _ reason: String) -> TrainError {
    .processLost("Process \(other + 1) of \(count) was lost: \(reason).")
  }
}
