import FermFormat
import Foundation
import TestSupport
import Testing

@Suite("The specification")
struct SpecificationTests {
  @Test("names every error code with its number")
  func errorCodes() throws {
    let text = try String(contentsOfFile: "\(Support.root)/spec/ferm-1.md", encoding: .utf8)
    for code in FormatError.Code.allCases {
      #expect(text.contains("| \(code.rawValue) | \(code.name) |"), "\(code.name)")
    }
  }
}
