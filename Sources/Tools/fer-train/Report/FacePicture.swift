import FermFormat
import FermImage
import FermRuntime
import FermTrain
import Foundation

/// A face as a picture within a page.
enum FacePicture {
  /// Larger faces are shown smaller, so that a report with many of them stays small.
  private static let mostSide = 96

  /// The picture of a face that was resized for a network.
  ///
  /// - Parameter words: what it shows, for readers who do not see it.
  static func of(_ face: FaceSet.Face, _ size: Extent, _ words: String) throws(TrainError) -> HTML {
    try picture(
      Image(width: size.width, height: size.height, channels: face.channels, pixels: face.pixels), words)
  }

  /// An element that holds the picture itself.
  static func picture(_ image: Image, _ words: String) throws(TrainError) -> HTML {
    let small = reduced(image)
    let bytes: [UInt8]
    do throws(ImageError) { bytes = try ImageEncoder.encode(small, as: .png) } catch {
      throw .data("a face cannot be drawn: \(error.description)")
    }
    let text = Data(bytes).base64EncodedString()
    return
      "<img src=\"data:image/png;base64,\(HTML(trusted: text))\" width=\"\(small.width)\" height=\"\(small.height)\" alt=\"\(words)\"/>"
  }

  /// The mean of blocks of pixels.
  private static func reduced(_ image: Image) -> Image {
    let factor = (max(image.width, image.height) + mostSide - 1) / mostSide
    guard factor > 1 else { return image }
    let (width, height) = (max(1, image.width / factor), max(1, image.height / factor))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * image.channels)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<image.channels {
          var (sum, count) = (0, 0)
          for row in (y * factor)..<min((y + 1) * factor, image.height) {
            for column in (x * factor)..<min((x + 1) * factor, image.width) {
              sum += Int(image.pixels[(row * image.width + column) * image.channels + channel])
              count += 1
            }
          }
          pixels.append(UInt8((sum + count / 2) / max(count, 1)))
        }
      }
    }
    return Image(width: width, height: height, channels: image.channels, pixels: pixels)
  }
}
