import FermFormat
import Foundation
import TestSupport
import Testing

@Suite("The specification")
struct SpecificationTests {
  @Test("names every error code of a file with its number")
  func errorCodes() throws {
    let text = try String(contentsOfFile: "\(Support.root)/spec/ferm-1.md", encoding: .utf8)
    for code in FormatError.Code.allCases where code.rawValue < 100 {
      #expect(text.contains("| \(code.rawValue) | \(code.name) |"), "\(code.name)")
    }
  }
}
