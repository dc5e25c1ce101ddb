import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// The processes that train a run together, as the program sees them: one that owns the run's folder, and others.
final class Team {
  let group: any ProcessGroup
  /// The ranks on this machine, in order.
  let neighbours: [Int]
  /// Whether the processes have taken leave of each other.
  private var isClosed = false

  /// Whether this process owns the run's folder, and speaks for all.
  var isFirst: Bool { group.rank == 0 }

  private init(_ group: any ProcessGroup, neighbours: [Int]) {
    (self.group, self.neighbours) = (group, neighbours)
  }

  /// Joins the processes that a launcher has started; there is one where none has.
  ///
  /// - Throws: `setting` where they cannot reach each other.
  static func join() throws(TrainError) -> Team {
    guard Launcher.hasOthers else { return Team(SingleProcess(), neighbours: [0]) }
    do throws(TrainError) { return try joined() } catch {
      // The first process says it where it meets the same; here it may not.
      if Launcher.isFirstHere, !Launcher.isFirst {
        FermToolSupport.narrate("fer-train: \(error.description)")
      }
      throw error
    }
  }

  private static func joined() throws(TrainError) -> Team {
    let library = try MessageLibrary()
    var transport: MessageTransport?
    let group = try MessageGroup { () throws(TrainError) in
      let made = try MessageTransport(library)
      transport = made
      return made
    }
    let places = try group.gather(ProcessPlace.own.bytes).compactMap { ProcessPlace($0) }
    transport?.watch(places)
    let here = ProcessPlace.own.machine
    return Team(group, neighbours: places.indices.filter { places[$0].machine == here })
  }

  /// The threads of this process, where the user does not say: its share of the machine's.
  func workers(_ threads: Int?) throws -> Workers {
    if let threads { return try Workers(count: threads) }
    let all = try Workers()
    return neighbours.count == 1 ? all : try Workers(count: max(1, all.count / neighbours.count))
  }

  /// Takes leave, once all processes have done their work.
  func close() {
    (group as? MessageGroup)?.close()
    isClosed = true
  }

  // MARK: - Agreement

  /// Does something that may go wrong in any process; where it does in one, it does in all of them.
  ///
  /// - Throws: what the first of the processes met in which it went wrong.
  func agreed<Value>(_ body: () throws -> Value) throws -> Value {
    let outcome = Result { try body() }
    // Where it went wrong in something that was agreed on itself, all know.
    guard group.count > 1, !isClosed else { return try outcome.get() }
    do throws(TrainError) { _ = try words(outcome.map { _ in [] }) } catch {
      if case .failure(let own) = outcome, isClosed { throw own }
      throw error
    }
    return try outcome.get()
  }

  /// What all processes have to say, in their order.
  ///
  /// - Throws: what went wrong in the first process that has only that to say.
  func words(_ own: Result<[UInt8], any Error>) throws(TrainError) -> [[UInt8]] {
    let words: [[UInt8]]
    switch own {
    case .success(let bytes): words = try group.gather([0] + bytes)
    case .failure(let error):
      let (sentence, status) = TrainTool.verdict(on: error)
      words = try group.gather([UInt8(truncatingIfNeeded: status)] + Array(sentence.utf8))
    }
    guard let place = words.firstIndex(where: { $0.first != 0 }) else {
      return words.map { Array($0.dropFirst()) }
    }
    close()
    let sentence = String(decoding: words[place].dropFirst(), as: UTF8.self)
    let named = place == group.rank ? sentence : "process \(place + 1) of \(group.count): \(sentence)"
    throw Int32(words[place].first ?? 0) == ExitStatus.usage ? .setting(named) : .data(named)
  }

  /// What the first process makes, in all of them; nothing is made in the others.
  func ofFirst(_ make: () throws -> [UInt8]) throws -> [UInt8] {
    try group.share(try agreed { isFirst ? try make() : [] }, from: 0)
  }

  /// Does something in the first process alone; where it goes wrong, all of them end.
  func first(_ body: () throws -> Void) throws { try agreed { if isFirst { try body() } } }

  /// The words of the first process.
  func words(_ make: () throws -> [String]) throws -> [String] {
    guard group.count > 1 else { return try make() }
    let bytes = try ofFirst { Array(try make().joined(separator: "\0").utf8) }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The model and training state that the first process reads.
  func checkpoint(_ read: () throws -> FitJob.Checkpoint) throws -> FitJob.Checkpoint {
    guard group.count > 1 else { return try read() }
    var own: FitJob.Checkpoint?
    let bytes = try ofFirst {
      let saved = try read()
      own = saved
      return try saved.model.encoded(trainingState: saved.state.encoded())
    }
    return try own
      ?? RunFolder.checkpoint("the first process's checkpoint") { () throws(FormatError) in
        try ModelFile(bytes: bytes)
      }
  }

  /// Refuses to train where processes have other faces, options or instructions: their steps would not fit together.
  ///
  /// - Parameter settings: what fixes the run's bits.
  func requireSame(_ settings: [(key: String, value: String)]) throws {
    guard group.count > 1 else { return }
    var own = TrainingState()
    let instructions = InstructionSet.allCases.filter { $0.isAvailable }.map { $0.rawValue }
    own.settings =
      settings + [
        ("the version", toolVersion),
        ("the instruction set", Launcher.variable("FERM_INSTRUCTIONS") ?? instructions.last ?? ""),
      ]
    let all = try group.gather(own.encoded()).map { bytes in try TrainingState(bytes).settings }
    for (rank, other) in all.enumerated() {
      func lacking(_ a: [(key: String, value: String)], in b: [(key: String, value: String)]) -> String? {
        a.first { setting in !b.contains { $0 == setting } }?.key
      }
      guard let key = lacking(all[0], in: other) ?? lacking(other, in: all[0]) else { continue }
      func value(_ list: [(key: String, value: String)]) -> String {
        list.first { $0.key == key }?.value ?? "nothing"
      }
      close()
      throw TrainError.data(
        "processes 1 and \(rank + 1) of \(group.count) would not train alike: \(key) is \(value(all[0])) in one and \(value(other)) in the other; give them the same faces, options and program, on processors of one kind."
      )
    }
  }
}
