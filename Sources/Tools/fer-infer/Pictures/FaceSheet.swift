import FermDrawing
import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// The contact sheet of a run; it appears at the end.
final class FaceSheet {
  let file: OutputFile
  private var sheet: ContactSheet

  /// Begins the file.
  init(_ file: OutputFile, labels: [String]) {
    self.file = file
    sheet = ContactSheet(labels: labels)
  }

  /// How a face's picture on the sheet is made: as the network sees it, but for colour and size.
  static func preprocessor(_ recipe: Preprocessing) -> Preprocessor {
    let side = Extent(ContactSheet.side)
    return Preprocessor(
      Preprocessing(
        colour: .rgb, fit: recipe.fit, resized: side, cropped: side, scale: [1, 1, 1], offset: [0, 0, 0]))
  }

  /// Adds a face that has a label.
  func add(_ picture: Image, _ prediction: Prediction, path: FilePath, mark: FaceMark) {
    guard let best = prediction.best else { return }
    var name = FilePath(bytes: path.bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? [])
      .printable
    if let number = mark.number, let count = mark.count, count > 1 { name += " #\(number)" }
    sheet.add(picture, label: best, score: prediction.probabilities[best], name: name)
  }

  /// Draws the sheet, and lets it appear; gives what is to be said of it.
  func finish() throws(FileError) -> String? {
    let name = file.path.printable
    guard sheet.count > 0 else { return "\(name) was not written, as there are no faces to show." }
    let shown: Int
    do {
      shown = try sheet.draw(software: OwnPicture.ofInfer.mark) { bytes throws(FileError) in
        try file.append(bytes)
      }
    } catch let error as FileError {
      throw error
    } catch { throw FileError("\(name): \(error)") }
    try file.commit()
    return shown < sheet.count
      ? "\(name) shows \(shown) of \(sheet.count) faces, the surest of each label: for all of them, make a sheet of each folder."
      : nil
  }
}

extension OwnPicture {
  /// Those of fer-infer.
  static let ofInfer = OwnPicture(of: "fer-infer")
}
