import FermTrain
import Foundation
import TestSupport
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

  /// Tests/Golden/report.py made it with scikit-learn.
  private struct Golden: Decodable {
    let names: [String]
    let labels: [Int]
    let logits: [Float]
    let text: String
    let confusion: [[Int]]
    let top2: Double
    let loss: Double
    let ece: Double
  }

  private func golden() throws -> Golden {
    let path = "\(Support.root)/Tests/Golden/report.json"
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("scikit-learn prints the same report, letter by letter, and finds the same figures")
  func sklearn() throws {
    let golden = try golden()
    let e = Evaluation(logits: golden.logits, labels: golden.labels, classes: 7, temperature: 1)
    #expect(e.classificationReport(golden.names) == golden.text)
    #expect(e.confusion == golden.confusion)
    #expect(abs(e.top2 - golden.top2) < 1e-12 && abs(e.loss - golden.loss) < 1e-6)
    #expect(abs(e.calibrationError - golden.ece) < 1e-6)
  }

  @Test("the fitted temperature has the least loss, undoes a known sharpening, and changes no decision")
  func temperature() throws {
    let golden = try golden()
    let fit = TemperatureFit(logits: golden.logits, labels: golden.labels, classes: 7)
    func loss(_ temperature: Float) -> Double {
      Evaluation(logits: golden.logits, labels: golden.labels, classes: 7, temperature: temperature).loss
    }
    for factor in [0.8, 0.95, 1.05, 1.25] as [Float] {
      #expect(loss(fit.fitted) < loss(fit.fitted * factor))
    }
    let sharp = TemperatureFit(logits: golden.logits.map { 5 * $0 }, labels: golden.labels, classes: 7)
    #expect(sharp.isKept && abs(sharp.temperature - 5 * fit.fitted) < 0.01)
    #expect(
      sharp.after.loss < sharp.before.loss && sharp.after.calibrationError < sharp.before.calibrationError)
    let (a, b) = (1, fit.fitted) as (Float, Float)
    #expect(
      Evaluation(logits: golden.logits, labels: golden.labels, classes: 7, temperature: a).confusion
        == Evaluation(logits: golden.logits, labels: golden.labels, classes: 7, temperature: b).confusion)
  }

  @Test("one temperature for several views lies between theirs, and folds are those of a single view")
  func temperatureOfViews() throws {
    let golden = try golden()
    let one = TemperatureFit(logits: golden.logits, labels: golden.labels, classes: 7)
    let same = TemperatureFit(logits: golden.logits + golden.logits, labels: golden.labels, classes: 7)
    #expect(abs(same.fitted - one.fitted) < 1e-3 && abs(same.after.loss - one.after.loss) < 1e-4)
    let both = TemperatureFit(
      logits: golden.logits + golden.logits.map { 3 * $0 }, labels: golden.labels, classes: 7)
    #expect(both.fitted > one.fitted * 1.2 && both.fitted < one.fitted * 2.8)
  }

  @Test("a temperature that helps no unseen face, runs out of bounds or has few faces is not kept")
  func temperatureNotKept() throws {
    let golden = try golden()
    // The labels and logits at their own best temperature: nothing is left to gain.
    let fit = TemperatureFit(logits: golden.logits, labels: golden.labels, classes: 7)
    let fitted = TemperatureFit(
      logits: golden.logits.map { $0 / fit.fitted }, labels: golden.labels, classes: 7)
    #expect(fitted.verdict == .noGain && fitted.temperature == 1)
    #expect(fitted.after.loss >= fitted.before.loss)
    // Logits that say the opposite want a temperature without end.
    let wrong = TemperatureFit(
      logits: golden.logits.map { -$0 }, labels: golden.labels, classes: 7)
    #expect(wrong.verdict == .outOfBounds && wrong.temperature == 1)
    let few = TemperatureFit(
      logits: Array(golden.logits.prefix(7 * 49)), labels: Array(golden.labels.prefix(49)), classes: 7)
    #expect(few.verdict == .tooFew(49) && few.temperature == 1)
  }

  @Test("classes without faces have no row and no part in the mean over classes")
  func fewerClasses() {
    let logits: [Float] = [3, 0, 0, 0, 3, 0, 3, 0, 0]
    let e = Evaluation(logits: logits, labels: [0, 1, 1], classes: 3, temperature: 1)
    #expect(abs(e.macro.recall - 0.75) < 1e-12 && e.macro.support == 3)
    let report = e.classificationReport(["here", "there", "nowhere"])
    #expect(report.contains(" there ") && !report.contains("nowhere"))
  }
}
