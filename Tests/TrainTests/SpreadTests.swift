import FermTrain
import Foundation
import TestSupport
import Testing

@Suite("Figures over seeds")
struct SpreadTests {
  /// Tests/Golden/spread.py made it with numpy and scipy.
  private struct Golden: Decodable {
    struct Quantile: Decodable { let degrees: Int, quantile: Double }
    let values: [Double]
    let mean, deviation, low, high: Double
    let quantiles: [Quantile]
  }

  private func golden() throws -> Golden {
    let path = "\(Support.root)/Tests/Golden/spread.json"
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("have the mean, deviation and interval that scipy gives them")
  func spread() throws {
    let golden = try golden()
    let spread = try #require(Spread(golden.values))
    let interval = try #require(spread.interval)
    #expect(abs(spread.mean - golden.mean) < 1e-12)
    #expect(abs((spread.deviation ?? 0) - golden.deviation) < 1e-12)
    #expect(abs(interval.low - golden.low) < 1e-12 && abs(interval.high - golden.high) < 1e-12)
  }

  @Test("reach as far as Student's distribution says")
  func quantiles() throws {
    for own in try golden().quantiles {
      #expect(abs(Spread.quantile(degrees: own.degrees) / own.quantile - 1) < 1e-9, "\(own.degrees)")
    }
  }

  @Test("have no deviation where there is one, and nothing where there is none")
  func few() throws {
    let one = try #require(Spread([0.5]))
    #expect(one.mean == 0.5 && one.deviation == nil && one.interval == nil)
    #expect(Spread([]) == nil)
  }
}
