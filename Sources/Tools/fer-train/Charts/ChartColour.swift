/// The colours of charts. A picture file is light, as papers are; a page that shows a chart replaces each colour by its dark one
/// where its reader wants that (``rules``).
enum ChartColour {
  static let ink = "#333"
  static let faint = "#767676"
  static let grid = "#e3e3e3"
  static let paper = "#fff"
  static let training = "#2a7f3f"
  static let validation = "#1f5fbf"
  static let rate = "#8a5a00"
  /// Of cells on the diagonal, and beside it.
  static let right = "#15549e"
  static let wrong = "#b22d1e"

  private static let dark: KeyValuePairs = [
    ink: "#d6d6d6", faint: "#9a9a9a", grid: "#3a3d42", training: "#6fc587", validation: "#7fb2ff",
    rate: "#d9a441", right: "#4f93e0", wrong: "#e0705f",
  ]

  /// The rules of a style sheet that show charts within a page in their dark colours.
  static var rules: String {
    dark.map { light, dark in
      "svg [fill=\"\(light)\"]{fill:\(dark)} svg [stroke=\"\(light)\"]{stroke:\(dark)}"
    }.joined(separator: "\n") + "\nsvg [stroke=\"\(paper)\"]{stroke:var(--paper)}"
  }
}
