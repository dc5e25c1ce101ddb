import FermToolSupport

extension SVG {
  /// The picture within a page, whose style sheet sets font and dark colours.
  ///
  /// - Parameter label: what it shows, for readers who do not see it.
  func inline(_ label: String) -> HTML {
    HTML(
      trusted: """
        <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" aria-label="\(label.xml)">
        \(body.joined(separator: "\n"))
        </svg>
        """)
  }
}
