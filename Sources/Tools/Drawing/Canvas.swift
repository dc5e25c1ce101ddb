internal import FermDrawingShim

/// How text looks.
struct Lettering: Equatable, Sendable {
  /// Where an ellipsis stands for what is left out of text that is too long.
  enum Cut: Sendable {
    case end
    case middle
  }

  /// The font's size in pixels.
  var size: Double
  var isBold = false
  var cut = Cut.end

  fileprivate var shim: ferm_lettering {
    ferm_lettering(size: size, bold: isBold ? 1 : 0, cuts_middle: cut == .middle ? 1 : 0)
  }
}

/// Pixels to draw on; one thread at a time.
@safe final class Canvas {
  private let library: DrawingLibrary
  private let canvas: OpaquePointer
  let width: Int
  let height: Int

  /// Texts of strangers may be as long as they like; more than this is wider than any picture.
  private static let longestText = 2000

  /// A black canvas.
  init(_ library: DrawingLibrary, width: Int, height: Int) throws(DrawingError) {
    // SAFETY: this object keeps the library.
    guard let canvas = unsafe ferm_canvas_open(library.handle, Int32(width), Int32(height)) else {
      throw .noMemory(width: width, height: height)
    }
    unsafe self.canvas = canvas
    (self.library, self.width, self.height) = (library, width, height)
  }

  // SAFETY: nobody else has the canvas.
  deinit { unsafe ferm_canvas_close(canvas) }

  /// From here on the canvas shows the part of a picture that begins there.
  func scroll(x: Int, y: Int) {
    // SAFETY: the canvas is open, here and below.
    unsafe ferm_canvas_origin(canvas, Double(x), Double(y))
  }

  /// Copies a picture to a place on the canvas, wherever it is scrolled to.
  func put(_ pixels: [UInt8], channels: Int, width: Int, height: Int, x: Int, y: Int) {
    precondition(
      x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height, "beyond the canvas")
    precondition(pixels.count == width * height * channels, "pixels must be width * height * channels bytes")
    // SAFETY: the pixels are as many as the shim reads, and their place lies on the canvas.
    unsafe ferm_canvas_put(
      canvas, pixels, width * channels, Int32(channels), Int32(x), Int32(y), Int32(width), Int32(height))
  }

  /// Draws into the part of a picture in RGB that begins at (x, y), as large as the canvas or as what the picture has there.
  func draw(
    into pixels: inout [UInt8], width: Int, height: Int, x: Int, y: Int, _ body: (Canvas) -> Void
  ) throws(DrawingError) {
    precondition(x >= 0 && x < width && y >= 0 && y < height, "beyond the picture")
    precondition(pixels.count == width * height * 3, "pixels must be width * height * 3 bytes")
    let (across, down) = (min(self.width, width - x), min(self.height, height - y))
    let start = 3 * (y * width + x)
    // SAFETY: the part lies within the picture and on the canvas, here and back.
    unsafe pixels.withUnsafeBufferPointer { pixels in
      guard let first = pixels.baseAddress else { return }
      unsafe ferm_canvas_put(canvas, first + start, 3 * width, 3, 0, 0, Int32(across), Int32(down))
    }
    scroll(x: x, y: y)
    body(self)
    let isWhole = unsafe pixels.withUnsafeMutableBufferPointer { pixels in
      guard let first = pixels.baseAddress else { return true }
      return unsafe ferm_canvas_get(canvas, first + start, 3 * width, Int32(across), Int32(down)) == 1
    }
    guard isWhole else { throw .noMemory(width: across, height: down) }
  }

  /// The canvas as RGB.
  func pixels() throws(DrawingError) -> [UInt8] {
    var isWhole = false
    // SAFETY: the shim writes three bytes for each pixel.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: 3 * width * height) { pixels, filled in
      guard let first = pixels.baseAddress else { return }
      isWhole = unsafe ferm_canvas_get(canvas, first, 3 * width, Int32(width), Int32(height)) == 1
      filled = pixels.count
    }
    guard isWhole else { throw .noMemory(width: width, height: height) }
    return pixels
  }

  func fill(_ rectangle: Rectangle, _ colour: Colour) {
    unsafe ferm_canvas_fill(canvas, rectangle.shim, colour.shim)
  }

  /// Draws a rectangle's edge, the line half within and half outside.
  func stroke(_ rectangle: Rectangle, _ colour: Colour, line: Double, dash: Double = 0) {
    unsafe ferm_canvas_stroke(canvas, rectangle.shim, line, dash, colour.shim)
  }

  /// The size of a line of text.
  func size(of text: String, _ lettering: Lettering, most: Double? = nil) -> (width: Double, height: Double) {
    var (width, height) = (0.0, 0.0)
    // SAFETY: the text ends with NUL.
    unsafe ferm_canvas_measure(canvas, Self.bounded(text), lettering.shim, most ?? -1, &width, &height)
    return (width, height)
  }

  /// Writes a line of text, in the middle of the place's height and cut to its width.
  func write(_ text: String, _ lettering: Lettering, in place: Rectangle, _ colour: Colour) {
    // SAFETY: the text ends with NUL.
    unsafe ferm_canvas_write(canvas, Self.bounded(text), lettering.shim, place.shim, colour.shim)
  }

  private static func bounded(_ text: String) -> String {
    text.utf8.count <= longestText
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText)))
  }
}

extension Rectangle {
  fileprivate var shim: ferm_rectangle { ferm_rectangle(x: x, y: y, width: width, height: height) }
}

extension Colour {
  fileprivate var shim: ferm_ink {
    ferm_ink(red: Double(red) / 255, green: Double(green) / 255, blue: Double(blue) / 255)
  }
}
