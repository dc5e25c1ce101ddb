import FermToolSupport
import Testing

/// Order, and what is in memory at once, of the pipeline behind fer-infer.
@Suite("The ordered pipeline")
struct PipelineTests {
  /// Parts of a number: `number` has as many as it says.
  struct Piece: Sendable {
    let number: Int
    var part = 0
    let parts: Int
  }

  /// A number that threads change, and the most that it was.
  final class Counter: @unchecked Sendable {
    private let lock = Lock()
    private var (value, highest) = (0, 0)

    var most: Int { lock.locked { highest } }

    /// Gives what it was before.
    @discardableResult func add(_ number: Int) -> Int {
      lock.locked {
        value += number
        highest = max(highest, value)
        return value - number
      }
    }
  }

  /// Reads everything that comes of the pieces, some of which have many parts.
  static func read(threads: Int, capacity: Int, pieces: Int, weight: Int = 1) -> (
    read: [[Int]], most: Int
  ) {
    let next = Counter()
    // Made, and not yet read.
    let waiting = Counter()
    let pipeline = OrderedPipeline<Piece, [Int]>(
      threads: threads, capacity: capacity,
      source: { () -> (Piece, Int)? in
        let number = next.add(1)
        return number < pieces ? (Piece(number: number, parts: number % 5 == 3 ? 7 : 1), 1) : nil
      },
      transform: { (piece) -> OrderedPipeline<Piece, [Int]>.Result in
        waiting.add(weight)
        var rest: Piece? = piece
        rest?.part += 1
        if piece.part + 1 == piece.parts { rest = nil }
        return .init([piece.number, piece.part], weight: weight, rest: rest)
      })
    var read: [[Int]] = []
    while case .output(let output) = pipeline.next(waiting: nil) {
      waiting.add(-weight)
      read.append(output)
    }
    return (read, waiting.most)
  }

  @Test(
    "all parts of all inputs come in order, whatever the threads and the room", arguments: [1, 2, 5],
    [1, 3, 64])
  func order(threads: Int, capacity: Int) {
    let expected = (0..<300).flatMap { number in (0..<(number % 5 == 3 ? 7 : 1)).map { [number, $0] } }
    #expect(Self.read(threads: threads, capacity: capacity, pieces: 300).read == expected)
  }

  @Test(
    "results that weigh more than was known stay within the room and one for each thread", arguments: [1, 4])
  func weight(threads: Int) {
    let (read, most) = Self.read(threads: threads, capacity: 40, pieces: 200, weight: 10)
    #expect(read.count == 440)
    // What is being transformed was taken at its least weight, and one result may be between the pipeline and its reader.
    #expect(most <= 40 + 10 * (threads + 1))
  }

  @Test("after a stop, what was begun comes out whole", arguments: [1, 3])
  func stop(threads: Int) {
    let next = Counter()
    let pipeline = OrderedPipeline<Piece, [Int]>(
      threads: threads, capacity: 4,
      source: { () -> (Piece, Int)? in (Piece(number: next.add(1), parts: 3), 1) },
      transform: { (piece) -> OrderedPipeline<Piece, [Int]>.Result in
        .init(
          [piece.number, piece.part], weight: 1,
          rest: piece.part < 2 ? Piece(number: piece.number, part: piece.part + 1, parts: 3) : nil)
      })
    var read: [[Int]] = []
    while case .output(let output) = pipeline.next(waiting: nil) {
      read.append(output)
      if read.count == 10 { pipeline.stop() }
    }
    #expect(read.count >= 10 && read.count % 3 == 0 && read.count <= 10 + 3 * 5)
    #expect(read == (0..<(read.count / 3)).flatMap { number in (0..<3).map { [number, $0] } })
  }
}
