/// Why nothing could be drawn; `description` is one sentence with the remedy.
public enum DrawingError: Error, Equatable, Sendable {
  /// A library is missing; the loader's reason.
  case noLibrary(String)
  /// No font is installed.
  case noFont
  /// There is no memory for a canvas of this size.
  case noMemory(width: Int, height: Int)
}

extension DrawingError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    let packages = "libcairo2, libpangocairo-1.0-0 and fonts-dejavu-core"
    switch self {
    case .noLibrary(let reason):
      return "Drawing needs the libraries cairo and Pango (\(reason)): install \(packages)."
    case .noFont:
      return "Drawing needs a font, and none is installed: install fonts-dejavu-core."
    case .noMemory(let width, let height):
      return
        "There is no memory to draw \(width) x \(height) pixels: run fewer threads, or scale the picture down."
    }
  }
}
