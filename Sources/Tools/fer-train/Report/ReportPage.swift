import FermToolSupport

/// A report as one file that asks nobody for anything: no script, no font, no picture from elsewhere.
struct ReportPage {
  /// A part with its heading.
  struct Section {
    let title: String
    let body: HTML
  }

  let title: String
  /// What stands below the title.
  let subtitle: HTML
  let sections: [Section]

  /// The file's bytes.
  var bytes: [UInt8] {
    let parts = sections.enumerated().map { place, section -> HTML in
      "<section id=\"part\(place + 1)\">\n<h2>\(section.title)</h2>\n\(section.body)</section>\n"
    }
    let links = sections.enumerated().map { place, section -> HTML in
      "<a href=\"#part\(place + 1)\">\(section.title)</a>\n"
    }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="referrer" content="no-referrer"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
      <title>\(title)</title>
      <style>
      \(HTML(trusted: ReportStyle.sheet))
      </style>
      </head>
      <body>
      <header>
      <h1>\(title)</h1>
      \(subtitle)</header>
      <nav>
      \(links)</nav>
      <main>
      \(parts)</main>
      <footer>fer-train \(toolVersion)</footer>
      </body>
      </html>

      """
    return Array(page.text.utf8)
  }
}
