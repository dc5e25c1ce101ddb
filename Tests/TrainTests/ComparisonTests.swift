import FermTrain
import Foundation
import TestSupport
import Testing

@Suite("Comparisons")
struct ComparisonTests {
  /// Tests/Golden/comparison.py made it with statsmodels and scipy.
  private struct Golden: Decodable {
    struct Pair: Decodable {
      let first, second: Int
      let exact: Bool
      let p: Double
    }
    struct Series: Decodable {
      let a, b: [Double]
      let p, low, high: Double
    }
    let mcnemar: [Pair]
    let paired: [Series]
    let p, holm: [Double]
  }

  private func golden() throws -> Golden {
    let path = "\(Support.root)/Tests/Golden/comparison.json"
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("McNemar's test is statsmodels', exact for few differing faces and by chi-squared for more")
  func mcNemar() throws {
    for pair in try golden().mcnemar {
      let test = McNemar(count: 1000, firstOnly: pair.first, secondOnly: pair.second)
      #expect((test.method == .exact) == pair.exact)
      #expect(abs(test.probability - pair.p) < 1e-12 + 1e-9 * pair.p, "\(pair.first) against \(pair.second)")
    }
    // Where statsmodels corrects a difference of nothing to one of half a face, R does not.
    #expect(McNemar(count: 100, firstOnly: 40, secondOnly: 40).probability == 1)
  }

  @Test("differing faces are counted from answers, and the difference lies within its interval")
  func counts() {
    let test = McNemar(first: [true, true, false, false, true], second: [true, false, true, false, false])
    #expect((test.count, test.firstOnly, test.secondOnly) == (5, 2, 1))
    #expect(abs(test.difference - 0.2) < 1e-12)
    // Bonett and Price, by hand: (3 - 2) / 7, with a deviation of the root of ((3 + 2) / 7 - 1 / 49) / 7.
    let reach = 1.959963984540054 * ((5.0 / 7 - 1.0 / 49) / 7).squareRoot()
    #expect(abs(test.interval.low - (1.0 / 7 - reach)) < 1e-12)
    #expect(abs(test.interval.high - (1.0 / 7 + reach)) < 1e-12)
    #expect(McNemar(first: [], second: []).probability == 1)
  }

  @Test("the test of differences seed by seed is scipy's paired t, with its interval")
  func seeds() throws {
    for series in try golden().paired {
      let spread = try #require(Spread(zip(series.a, series.b).map { $0 - $1 }))
      #expect(abs(try #require(spread.probabilityOfNone) - series.p) < 1e-9)
      let interval = try #require(spread.interval)
      #expect(abs(interval.low - series.low) < 1e-9 && abs(interval.high - series.high) < 1e-9)
    }
    #expect(Spread([0.1])?.probabilityOfNone == nil && Spread([0.1, 0.1])?.probabilityOfNone == nil)
    #expect(Spread([0, 0, 0])?.probabilityOfNone == 1 && Spread([-1, 1])?.probabilityOfNone == 1)
  }

  @Test("Holm's correction is statsmodels'")
  func holm() throws {
    let golden = try golden()
    let corrected = MultipleTests.holm(golden.p)
    #expect(zip(corrected, golden.holm).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(MultipleTests.holm([]) == [] && MultipleTests.holm([0.03]) == [0.03])
  }
}
