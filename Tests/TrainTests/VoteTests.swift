import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Votes on faces")
struct VoteTests {
  /// Tests/Golden/votes.py made it with numpy.
  private struct Golden: Decodable {
    struct Face: Decodable {
      let votes: [Int]
      let shares: [String: [Float]?]
    }
    struct Batch: Decodable {
      let votes: [[Int]]
      let logits: [[Float]]
      let weights: [Float]
      let losses: [String: Double]
    }
    let faces: [Face]
    let batch: Batch

    static func read() throws -> Golden {
      try JSONDecoder().decode(
        Golden.self,
        from: Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Tests/Golden/votes.json")))
    }
  }

  @Test("votes come to what numpy makes of them, in all four ways", arguments: VoteUse.allCases)
  func shares(use: VoteUse) throws {
    let golden = try Golden.read()
    #expect(golden.faces.count == 400)
    for face in golden.faces {
      let (got, want) = (use.shares(of: face.votes), face.shares[use.rawValue] ?? nil)
      #expect((got == nil) == (want == nil), "\(face.votes)")
      for (a, b) in zip(got ?? [], want ?? []) { #expect(abs(a - b) < 1e-6, "\(face.votes)") }
    }
  }

  @Test(
    "weighted losses are numpy's, and the gradient is theirs",
    arguments: [VoteUse.majority, .multiTarget, .distribution])
  func losses(use: VoteUse) throws {
    let batch = try Golden.read().batch
    let lessons = zip(batch.votes, batch.weights).map {
      Lesson(weight: $1, votes: use.shares(of: $0) ?? VoteUse.distribution.shares(of: $0) ?? [])
    }
    let labels = batch.votes.map { votes in
      let shares = VoteUse.distribution.shares(of: votes) ?? []
      return shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
    }
    let targets = Targets(labels, classes: 8, lessons: lessons, votes: use)
    func loss(_ logits: [Float]) throws -> (value: Double, gradient: [Float]) {
      let tape = Tape(.training, workers: try Workers(count: 1), seed: 0)
      let input = tape.input(Tensor(logits, shape: Shape(4, 8)), needsGradient: true)
      let loss = input.crossEntropy(targets)
      tape.backward(from: loss)
      return (Double(loss.value[0]), input.gradient?.values ?? [])
    }
    let logits = batch.logits.flatMap { $0 }
    let (value, gradient) = try loss(logits)
    #expect(gradient.count == logits.count)
    #expect(abs(value - (batch.losses[use.rawValue] ?? 0)) < 1e-5)
    for place in logits.indices {
      var (more, less) = (logits, logits)
      more[place] += 0.01
      less[place] -= 0.01
      let slope = (try loss(more).value - loss(less).value) / 0.02
      #expect(abs(Double(gradient[place]) - slope) < 1e-3)
    }
  }

  @Test("labels are drawn by the shares of the votes, anew in each epoch, and the same again from the seed")
  func drawn() {
    var set = FaceSet()
    for _ in 0..<2000 {
      set.append(
        (pixels: [0], channels: 1), label: 3, name: "a face",
        lesson: Lesson(votes: [0, 0, 0.25, 0.6, 0, 0, 0, 0.15]))
    }
    set.append((pixels: [0], channels: 1), label: 5, name: "a face without votes")
    let places = Array(0...2000)
    let first = set.labels(of: places, epoch: 0, seed: 1, votes: .probabilistic)
    #expect(first == set.labels(of: places, epoch: 0, seed: 1, votes: .probabilistic))
    #expect(first != set.labels(of: places, epoch: 1, seed: 1, votes: .probabilistic))
    #expect(first != set.labels(of: places, epoch: 0, seed: 2, votes: .probabilistic))
    #expect(first.last == 5 && Set(first.dropLast()) == [2, 3, 7])
    for (label, share) in [(2, 0.25), (3, 0.6), (7, 0.15)] {
      #expect(abs(Double(first.filter { $0 == label }.count) / 2000 - share) < 0.04)
    }
    #expect(set.labels(of: places, epoch: 0, seed: 1, votes: .distribution) == set.labels)
  }
}
