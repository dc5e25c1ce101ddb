import FermRuntime
import Testing

@testable import FermTrain

@Suite("Classes that an evaluation tells apart")
struct AnswerClassesTests {
  @Test("merged classes have the sum of the probabilities, and one that is left out none")
  func probabilities() throws {
    let answers = try AnswerClasses(
      ["a", "b", "c", "d"], leavingOut: [1], merging: [["D", "a"]], of: "the model")
    #expect(answers.names == ["a+d", "c"] && answers.members == [[0, 3], [2]])
    #expect((0..<4).map { answers.place(of: $0) } == [0, nil, 1, 0])
    let logits: [Float] = [1, 5, -2, 0.5, 100, -100, 99, 3]
    let own = softmax(Array(logits.prefix(4)), temperature: 1.7)
    let merged = answers.logits(logits, temperature: 1.7)
    let got = softmax(Array(merged.prefix(2)), temperature: 1.7)
    let rest = 1 - own[1]
    #expect(abs(got[0] - (own[0] + own[3]) / rest) < 1e-6 && abs(got[1] - own[2] / rest) < 1e-6)
    #expect(merged.allSatisfy { $0.isFinite } && merged.count == 4)
  }

  @Test("a class that is unknown, named twice, or the last one is refused")
  func refused() {
    let cases: [(Set<Int>, [[String]])] = [
      ([], [["a", "x"]]), ([0], [["a", "b"]]), ([0, 1], []), ([], [["a", "b", "c"]]),
    ]
    for (leftOut, merged) in cases {
      #expect(throws: TrainError.self) {
        try AnswerClasses(["a", "b", "c"], leavingOut: leftOut, merging: merged, of: "the model")
      }
    }
  }
}
