/// The options as the help lists them.
extension FitOption {
  /// All options, with headings, in 80 columns.
  static var listed: String {
    sections.map { title, options in
      (title.map { " \($0)\n" } ?? "") + options.map { $0.listed }.joined(separator: "\n")
        + (title == nil ? "\n" : "")
    }.joined(separator: "\n").replacing("\u{A0}", with: " ")
  }

  private static let (column, width) = (21, 80)

  /// `  --lr X             the largest rate (0.05)`, on as many lines as it takes.
  private var listed: String {
    let tag = "  " + name + (word.map { " \($0)" } ?? "")
    let start = tag.padding(to: Self.column - 2) + "  "
    var text = help
    if let usual = usual(), !usual.isEmpty {
      // What both presets have stays together on a line that holds it.
      let holds = usual.contains("reference:") && usual.count + 2 <= Self.width - Self.column
      text += (text.isEmpty ? "" : " ") + "(\(holds ? usual.replacing(" ", with: "\u{A0}") : usual))"
    }
    var lines = [start]
    var isFresh = true
    for word in text.split(separator: " ") {
      if !isFresh, lines[lines.count - 1].count + 1 + word.count > Self.width {
        lines.append(String(repeating: " ", count: Self.column))
        isFresh = true
      }
      lines[lines.count - 1] += (isFresh ? "" : " ") + word
      isFresh = false
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// With spaces behind it, up to a width.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
