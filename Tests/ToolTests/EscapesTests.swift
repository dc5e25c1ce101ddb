import FermFiles
import FermToolSupport
import Foundation
import FoundationXML
import Testing

/// Hostile texts in every language that tools write.
struct EscapesTests {
  /// What has broken escapes before: markup, the same with a combining mark on it, controls, what turns text, what XML has not.
  static let texts = [
    "plain", "", " ", "<img src=x onerror=alert(1)>", "a | b", "`code`", "[a](http://b.c)", "www.a.b",
    "a@b.c",
    "|\u{301} <\u{338} `\u{301} [\u{301} \"\u{301} \\\u{301} &\u{301} '\u{301}", "\n# heading", "\r\n```\r\n",
    "\u{1B}[31m", "\u{9B}31m", "\u{7F}\u{80}\u{85}", "\u{0}", "\u{202E}lave",
    "\u{2066}\u{2069}\u{200B}\u{FEFF}",
    "\u{2028}\u{2029}", "\u{FFFE}\u{FFFF}\u{1FFFE}", "\u{FFFD}", "\u{E000}\u{F0000}", "\u{E0001}",
    "\\n\\u{1b}",
    "\"quoted\" 'quoted' $(id) $HOME !x *", "-rf", "~", "a;b&&c", "=1+2", "+1,\"2\"", "@SUM(A1)", "'=1",
    "\t=1", "a\tb;c", "angry \u{1F620}", "\u{E9} e\u{301}",
    String(decoding: [0x61, 0xED, 0xA0, 0x80, 0x62], as: UTF8.self),
    String(decoding: [0xFF, 0xC0, 0xAF, 0xF4, 0x90, 0x80, 0x80], as: UTF8.self),
  ]

  @Test("printable text has nothing that a terminal obeys, and stays as it is", arguments: texts)
  func printable(text: String) {
    let shown = text.printable
    #expect(
      shown.unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned].contains(
          $0.properties.generalCategory)
      })
    #expect(shown.printable == shown)
  }

  @Test("XML: an element and an attribute give the printable text back", arguments: texts)
  func xml(text: String) throws {
    let document = try XMLDocument(xmlString: "<t a=\"x\(text.xml)x\" b='\(text.xml)'>x\(text.xml)x</t>")
    let root = try #require(document.rootElement())
    #expect(root.stringValue.map { Array($0.utf8) } == Array("x\(text.printable)x".utf8))
    #expect(
      root.attribute(forName: "a")?.stringValue.map { Array($0.utf8) } == Array("x\(text.printable)x".utf8))
    #expect(root.childCount == 1)
  }

  @Test("JSON: the text comes back whole, and the bytes are printable", arguments: texts)
  func json(text: String) throws {
    let rendered = JSONValue.string(text).rendered()
    #expect(rendered.printable == rendered)
    let back = try JSONSerialization.jsonObject(with: Data("[\(rendered)]".utf8)) as? [String]
    #expect(back?.first.map { Array($0.utf8) } == Array(text.utf8))
  }

  @Test("Markdown: one line, and every sign that means something has a backslash before it", arguments: texts)
  func markdown(text: String) {
    let scalars = Array(text.markdown.unicodeScalars)
    var (plain, place) = ("", 0)
    while place < scalars.count {
      if scalars[place] == "\\" {
        place += 1
      } else {
        #expect(!"`*_{}[]<>|#&~$@\n".unicodeScalars.contains(scalars[place]))
      }
      plain.unicodeScalars.append(scalars[place])
      place += 1
    }
    #expect(plain.utf8.elementsEqual(text.printable.utf8))
    #expect(!text.markdown.contains("p://") && !text.markdown.lowercased().contains("www."))
  }

  @Test("Graphviz: one quoted string on one line", arguments: texts)
  func dot(text: String) {
    let inner = Array(text.dot.unicodeScalars.dropFirst().dropLast())
    #expect(text.dot.hasPrefix("\"") && text.dot.hasSuffix("\"") && text.dot.printable == text.dot)
    var place = 0
    while place < inner.count {
      #expect(inner[place] != "\"")
      place += inner[place] == "\\" ? 2 : 1
    }
    #expect(place == inner.count)
  }

  @Test("CSV: one field that gives the text back, and nothing that a spreadsheet runs", arguments: texts)
  func csv(text: String) {
    func content(_ field: String) -> String {
      let scalars = Array(field.unicodeScalars)
      guard scalars.first == "\"" else {
        #expect(scalars.allSatisfy { !"\",;\t\r\n".unicodeScalars.contains($0) })
        return field
      }
      var (inner, place) = (String.UnicodeScalarView(), 1)
      while place < scalars.count - 1 {
        if scalars[place] == "\"" { place += 1 }
        #expect(place < scalars.count - 1, "a quote ends the field early")
        inner.append(scalars[place])
        place += 1
      }
      return String(inner)
    }
    let shown = content(text.csv)
    #expect(shown.utf8.elementsEqual(text.utf8) || shown.utf8.elementsEqual("'\(text)".utf8))
    #expect(!"=+-@\t\r\n".unicodeScalars.contains(shown.unicodeScalars.first ?? " "))
    guard !text.contains("\0") else { return }
    let path = content(FilePath(text).csv)
    #expect(path.utf8.elementsEqual(text.utf8) || path.hasPrefix("./") || path.contains("\\\\"))
    #expect(!"=+-@\t\r\n".unicodeScalars.contains(path.unicodeScalars.first ?? " "))
  }

  @Test("a shell gets the text as one word", arguments: texts.filter { !$0.contains("\0") })
  func shell(text: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "printf '%s' \(text.shell)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let out = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && out.elementsEqual(text.utf8), "\(text.shell)")
    #expect(text.shell.printable == text.shell)
  }
}
