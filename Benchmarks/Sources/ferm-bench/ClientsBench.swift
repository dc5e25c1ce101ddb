import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// Many clients at once, as in a server: each has a session of one thread over the one plan, and asks for one image after the
/// other, each as soon as it has the answer to the one before.
struct ClientsBench {
  /// No more threads than a session may have.
  static let most = 256

  let plan: Plan
  let clients: Int
  let precision: Precision
  let seconds: Double

  func run() throws {
    let clients = try (0..<clients).map { try Client(plan, precision, seed: UInt64($0)) }
    let workers = try Workers(count: clients.count)
    workers.forEach(clients.count) { clients[$0].ask(until: Measurement.now() + 0.3) }
    for client in clients { client.answers.removeAll(keepingCapacity: true) }
    let start = Measurement.now()
    workers.forEach(clients.count) { clients[$0].ask(until: start + seconds) }
    let taken = Measurement.now() - start
    if let failure = clients.lazy.compactMap({ $0.failure }).first { throw failure }
    let answers = clients.flatMap { $0.answers }.sorted()
    emit(
      ("name", .string("clients")), ("model", .string(plan.name)), ("clients", .int(clients.count)),
      ("precision", .string(clients[0].session.precision.rawValue)),
      ("crops_per_second", rounded(Double(answers.count) / taken)),
      ("median_ms", rounded(1e3 * answers[answers.count / 2])),
      ("p99_ms", rounded(1e3 * answers[answers.count * 99 / 100])),
      ("slowest_ms", rounded(1e3 * answers[answers.count - 1])))
  }
}

/// One thread's session, and what it was told.
private final class Client {
  let session: Session
  /// Seconds from each question to its answer.
  var answers: [Double] = []
  private(set) var failure: (any Error)?
  private let input: [Float]

  init(_ plan: Plan, _ precision: Precision, seed: UInt64) throws {
    session = try Session(plan, maxBatch: 1, threads: 1, precision: precision)
    var random = RandomNumbers(seed: seed)
    input = (0..<plan.preprocessing.inputShape.count).map { _ in random.uniform() }
  }

  /// Asks at least once.
  func ask(until end: Double) {
    do {
      var now = Measurement.now()
      repeat {
        let asked = now
        _ = try session.logits(input)
        now = Measurement.now()
        answers.append(now - asked)
      } while now < end
    } catch { failure = error }
  }
}
