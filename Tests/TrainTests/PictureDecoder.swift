import FermFiles
import FermImage
import FermTrain

/// Reads picture files, as fer-train does.
struct PictureDecoder: FaceDecoder {
  func isImage(_ path: FilePath) -> Bool { ImageDecoder().recognises(path: path.bytes) }

  func decode(_ path: FilePath) throws(FaceDecodingError) -> DecodedFace {
    do {
      let image = try ImageDecoder().decode(path: path.bytes)
      return DecodedFace(
        pixels: image.pixels, width: image.width, height: image.height, channels: image.channels)
    } catch { throw FaceDecodingError("\(error)") }
  }
}
