import FermTrain
import Testing

@testable import FermTrain

@Suite("Evaluation")
struct EvaluationTests {
  @Test("scores of a hand-made confusion are the textbook's")
  func scores() {
    // Truth 0 0 0 1 1 2, predicted 0 0 1 1 1 0.
    let predicted = [0, 0, 1, 1, 1, 0]
    let logits = predicted.flatMap { p in (0..<3).map { $0 == p ? Float(2) : 0 } }
    let e = Evaluation(logits: logits, labels: [0, 0, 0, 1, 1, 2], classes: 3, temperature: 1)
    #expect(e.confusion == [[2, 1, 0], [0, 2, 0], [1, 0, 0]])
    #expect(abs(e.top1 - 4.0 / 6) < 1e-12)
    #expect(e.perClass[0].precision == 2.0 / 3 && e.perClass[0].recall == 2.0 / 3)
    #expect(e.perClass[1].precision == 2.0 / 3 && e.perClass[1].recall == 1)
    #expect(e.perClass[2].f1 == 0)
    #expect(abs(e.macro.recall - (2.0 / 3 + 1) / 3) < 1e-12)
    #expect(abs(e.weighted.recall - 4.0 / 6) < 1e-12)
    // Wilson's interval for 4 of 6.
    #expect(abs(e.interval.low - 0.29999) < 1e-3 && abs(e.interval.high - 0.90323) < 1e-3)
  }
}
