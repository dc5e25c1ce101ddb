internal import FermDrawingShim

/// cairo, which draws, and Pango, which sets text of any language in the fonts that are installed.
///
/// Any number of threads may draw with one.
@safe public final class DrawingLibrary: Sendable {
  // SAFETY: what it leads to never changes.
  nonisolated(unsafe) let handle: OpaquePointer

  /// Loads the libraries, which takes some milliseconds; a program that never draws does without them.
  ///
  /// - Throws: `noLibrary` or `noFont`.
  public convenience init() throws(DrawingError) {
    try self.init(cairo: "libcairo.so.2", fontconfig: "libfontconfig.so.1", pango: "libpangocairo-1.0.so.0")
  }

  /// Loads libraries by the names under which the loader knows them.
  init(cairo: String, fontconfig: String, pango: String) throws(DrawingError) {
    var handle: OpaquePointer?
    var failure = ferm_drawing_failure()
    // SAFETY: the names end with NUL, and the handle is filled when the status says so.
    let status = unsafe ferm_drawing_load(cairo, fontconfig, pango, &handle, &failure)
    guard Int(status) == FERM_DRAWING_LOADED, let handle = unsafe handle else {
      if Int(status) == FERM_DRAWING_NO_FONT { throw .noFont }
      // SAFETY: the bytes are copied while the closure runs.
      let words = unsafe withUnsafeBytes(of: failure.text) { unsafe Array($0.prefix { $0 != 0 }) }
      throw .noLibrary(String(decoding: words, as: UTF8.self))
    }
    unsafe self.handle = handle
  }

  // SAFETY: canvases hold this object.
  deinit { unsafe ferm_drawing_free(handle) }
}
