import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import FermTrain

/// Pictures of one face each, from files and folders, one after the other.
struct FacePictures {
  private let paths: [FilePath]
  private let skipsBad: Bool

  init(_ paths: [FilePath], skipsBad: Bool) { (self.paths, self.skipsBad) = (paths, skipsBad) }

  /// Gives each picture, resized as a model wants it, in the order of names.
  ///
  /// - Returns: how many were left out.
  /// - Throws: `data` for what is no picture, unless such are left out, and for a folder without any.
  func forEach(
    _ recipe: Preprocessing, _ body: (_ name: FilePath, _ face: FaceSet.Face) throws -> Void
  ) throws -> Int {
    let (decoder, preprocessor) = (FileDecoder(), Preprocessor(recipe))
    var bad = 0
    for path in try listed(decoder) {
      let face: FaceSet.Face
      do throws(TrainError) { face = try decoder.face(path, preprocessor) } catch {
        guard skipsBad else { throw error }
        narrate("left out: \(error.description)".printable)
        bad += 1
        continue
      }
      try body(path, face)
    }
    return bad
  }

  private func listed(_ decoder: FileDecoder) throws(TrainError) -> [FilePath] {
    var found: [FilePath] = []
    for path in paths {
      guard FileSystem.isFolder(path.text) else {
        found.append(path)
        continue
      }
      let before = found.count
      var walk = FolderWalk(path)
      while let entry = walk.next() {
        switch entry {
        case .file(let file): if decoder.isImage(file) { found.append(file) }
        case .folder: break
        case .unreadable(let folder, let reason): throw .data("\(folder.printable): \(reason)")
        }
      }
      guard found.count > before else {
        throw .data("\(path.printable): there are no pictures in this folder.")
      }
    }
    return found
  }
}

extension FileDecoder {
  /// A picture, resized.
  fileprivate func face(_ path: FilePath, _ preprocessor: Preprocessor) throws(TrainError) -> FaceSet.Face {
    do {
      let image = try ImageDecoder().decode(path: path.bytes)
      return try image.pixels.withUnsafeBufferPointer { pixels in
        guard
          let whole = PixelImage(
            pixels: pixels, width: image.width, height: image.height, channels: image.channels)
        else { throw TrainError.data("\(path.printable): the picture is too large.") }
        return try preprocessor.resized(whole)
      }
    } catch let error as TrainError { throw error } catch { throw .data("\(path.printable): \(error)") }
  }
}
