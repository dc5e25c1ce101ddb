/// The colours of charts. A picture file is light, as papers are; a page that shows a chart replaces each colour by its dark one
/// where its reader wants that (``rules``).
public enum ChartColour {
  /// Of words.
  public static let ink = "#333"
  /// Of words that matter less.
  public static let faint = "#767676"
  /// Of lines behind a curve.
  public static let grid = "#e3e3e3"
  /// Of what is behind all.
  public static let paper = "#fff"
  /// Of training faces.
  public static let training = "#2a7f3f"
  /// Of validation faces.
  public static let validation = "#1f5fbf"
  /// Of the learning rate.
  public static let rate = "#8a5a00"
  /// Of cells on the diagonal.
  public static let right = "#15549e"
  /// Of cells beside the diagonal.
  public static let wrong = "#b22d1e"

  /// Of things of one kind, in turn.
  private static let turns = [
    validation, "#c25a00", training, "#7b3fa8", wrong, "#0b7f86", "#7a5230", "#b83280",
  ]
  /// So many are told apart by colour alone.
  public static let seriesCount = turns.count
  /// The colour of a thing of a kind, by its place.
  public static func series(_ place: Int) -> String { turns[place % turns.count] }

  private static let dark: KeyValuePairs = [
    ink: "#d6d6d6", faint: "#9a9a9a", grid: "#3a3d42", training: "#6fc587", validation: "#7fb2ff",
    rate: "#d9a441", right: "#4f93e0", wrong: "#e0705f",
    "#c25a00": "#f0a060", "#7b3fa8": "#c39af0", "#0b7f86": "#5cc5cb", "#7a5230": "#c9a37c",
    "#b83280": "#f08cc0",
  ]

  /// The rules within a picture file that make it dark for readers who want that.
  public static var adaptingRules: String {
    "@media (prefers-color-scheme: dark){svg{--paper:#17191c}svg [fill=\"\(paper)\"]{fill:#17191c}\n\(rules)}"
  }

  /// The rules of a style sheet that show charts within a page in their dark colours.
  public static var rules: String {
    dark.map { light, dark in
      "svg [fill=\"\(light)\"]{fill:\(dark)} svg [stroke=\"\(light)\"]{stroke:\(dark)}"
    }.joined(separator: "\n") + "\nsvg [stroke=\"\(paper)\"]{stroke:var(--paper)}"
  }
}
