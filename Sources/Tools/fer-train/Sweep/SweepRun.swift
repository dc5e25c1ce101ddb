import FermToolSupport

/// One run of a sweep: a setting with one seed.
struct SweepRun: Decodable, Sendable {
  enum State: String, Decodable, Sendable {
    /// Waiting, under way, or stopped in the midst.
    case unfinished
    case finished
    /// Its loss or a weight was no longer a number.
    case diverged
    /// It ended in another way, such as for want of memory.
    case failed
  }

  /// What a finished run came to on its validation faces.
  struct Figures: Decodable, Equatable, Sendable {
    /// The best epoch, from 1.
    let epoch: Int
    /// The share of its validation faces that are right then, with Wilson's 95 % interval.
    let accuracy, low, high: Double
    let loss: Double
    let faces: Int
  }

  /// The name of its folder, within `runs` of the sweep's.
  let name: String
  /// Values by key: what the grid says of it.
  let settings: [String: String]
  let seed: Int
  /// Where settings are halved: the round, from 1, and its length.
  var round: Int?
  var epochs: Int?
  var state = State.unfinished
  var figures: Figures?
  /// Why it diverged or failed, in a sentence.
  var reason: String?
}

extension SweepRun {
  /// The run as sweep.json has it.
  ///
  /// - Parameter keys: the order of the settings.
  func json(_ keys: [String]) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(name)),
      .init(
        "settings",
        .object(keys.compactMap { key in settings[key].map { .init(key, .string($0)) } })),
      .init("seed", .int(seed)),
    ]
    if let round { members.append(.init("round", .int(round))) }
    if let epochs { members.append(.init("epochs", .int(epochs))) }
    members.append(.init("state", .string(state.rawValue)))
    if let figures {
      members.append(
        .init(
          "figures",
          .members(
            ("epoch", .int(figures.epoch)), ("accuracy", .double(figures.accuracy)),
            ("low", .double(figures.low)), ("high", .double(figures.high)), ("loss", .double(figures.loss)),
            ("faces", .int(figures.faces)))))
    }
    if let reason { members.append(.init("reason", .string(reason))) }
    return .object(members)
  }
}
