import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// A folder of PNG files that show what the network saw, one a face, its crops side by side.
struct InputDump: Sendable {
  let folder: FilePath

  /// Makes the folder unless it is there.
  ///
  /// - Parameter inputs: what the run reads; `usage` is thrown for a folder that is one of them or has one in it.
  init(_ folder: FilePath, unlike inputs: [FilePath]) throws(FileError) {
    self.folder = folder
    try OutputFolder.make(folder, for: "--dump-input", isTree: false, unlike: inputs)
  }

  /// Writes what the network sees of a face, counted from 0; gives the file.
  func write(_ picture: Image, number: Int) throws(InputFailure) -> FilePath {
    let digits = "\(number + 1)"
    let path = folder.appending(
      (String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".png").utf8)
    do throws(ImageError) { try PNGFile.write(picture, to: path.bytes) } catch { throw InputFailure(error) }
    return path
  }

  /// What the network sees of a face: its crops side by side.
  static func picture(
    _ resized: (pixels: [UInt8], channels: Int), _ crops: [Crop], _ recipe: Preprocessing
  ) -> Image {
    let (width, height) = (recipe.cropped.width, recipe.cropped.height)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for crop in crops {
        for x in 0..<width {
          let column = crop.left + (crop.isMirrored ? width - 1 - x : x)
          let start = ((crop.top + y) * recipe.resized.width + column) * resized.channels
          pixels += resized.pixels[start..<(start + resized.channels)]
        }
      }
    }
    return Image(width: width * crops.count, height: height, channels: resized.channels, pixels: pixels)
  }
}
