import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import Glibc

/// A folder of PNG files that show what the network saw, one a face, its crops side by side.
struct InputDump: Sendable {
  private let folder: FilePath

  /// Makes the folder unless it is there.
  init(_ folder: String) throws(FileError) {
    self.folder = FilePath(folder)
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
      throw FileError(
        "\(folder): the folder cannot be made: \(String(cString: strerror(errno))).")
    }
  }

  /// The file of a face, counted from 0.
  func path(number: Int) -> FilePath {
    let digits = "\(number + 1)"
    return folder.appending(
      (String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".png").utf8)
  }

  /// Writes a face's crops.
  func write(
    _ resized: (pixels: [UInt8], channels: Int), _ crops: [Crop], _ recipe: Preprocessing, number: Int
  ) throws(ImageError) {
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
    let image = Image(width: width * crops.count, height: height, channels: resized.channels, pixels: pixels)
    try PNGFile.write(image, to: path(number: number).bytes)
  }
}
