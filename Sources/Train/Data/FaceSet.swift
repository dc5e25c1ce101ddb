public import FermRuntime

/// Decodes an image file; the trainer knows no image library itself.
public protocol FaceDecoder: Sendable {
  /// The pixels of the file at `path`: grey or RGB, rows without gaps. Throws one sentence without the path.
  func decode(path: String) throws(FaceDecodingError) -> DecodedFace
}

/// An image in memory.
public struct DecodedFace: Sendable {
  let pixels: [UInt8]
  let width: Int
  let height: Int
  let channels: Int

  /// Makes an image.
  public init(pixels: [UInt8], width: Int, height: Int, channels: Int) {
    self.pixels = pixels
    self.width = width
    self.height = height
    self.channels = channels
  }
}

/// Why a face could not be decoded.
public struct FaceDecodingError: Error, Sendable {
  let message: String
  /// Makes an error from one sentence.
  public init(_ message: String) { self.message = message }
}

/// Labelled faces, decoded and resized as the network's preprocessing wants them.
public struct FaceSet: Sendable {
  /// One face: its 8-bit pixels after the resize.
  public typealias Face = (pixels: [UInt8], channels: Int)
  /// The faces.
  public var faces: [Face] = []
  /// For each face, the index of its class.
  public var labels: [Int] = []

  /// The number of faces.
  public var count: Int { faces.count }

  /// Decodes the listed files; each must be readable.
  ///
  /// - Throws: `data`, naming the first file that cannot be used.
  public init(
    _ files: [LabelledFile], decoder: any FaceDecoder, preprocessor: Preprocessor, workers: Workers
  ) throws(TrainError) {
    let found = Results(count: files.count)
    let pieces = min(files.count, 256)
    workers.forEach(pieces) { piece in
      for i in (files.count * piece / pieces)..<(files.count * (piece + 1) / pieces) {
        found.set(i, Self.load(files[i], decoder, preprocessor))
      }
    }
    for (i, result) in found.all.enumerated() {
      switch result {
      case .success(let face):
        faces.append(face)
        labels.append(files[i].label)
      case .failure(let error): throw error
      case nil: break
      }
    }
  }

  private static func load(
    _ file: LabelledFile, _ decoder: any FaceDecoder, _ preprocessor: Preprocessor
  ) -> Result<Face, TrainError> {
    do throws(FaceDecodingError) {
      let image = try decoder.decode(path: file.path)
      return image.pixels.withUnsafeBufferPointer { pixels in
        guard
          let view = PixelImage(
            pixels: pixels, width: image.width, height: image.height, channels: image.channels),
          let face = try? preprocessor.resized(view)
        else { return .failure(.data("\(file.path): the image cannot be resized.")) }
        return .success(face)
      }
    } catch { return .failure(.data("\(file.path): \(error.message)")) }
  }

  /// Results that several threads fill, each its own places.
  private final class Results: @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<Result<Face, TrainError>?>

    init(count: Int) {
      storage = .allocate(capacity: count)
      storage.initialize(repeating: nil)
    }

    // SAFETY: every index is written by one thread only, and read after all are done.
    func set(_ index: Int, _ result: Result<Face, TrainError>) { storage[index] = result }
    var all: UnsafeMutableBufferPointer<Result<Face, TrainError>?> { storage }

    deinit {
      storage.deinitialize()
      storage.deallocate()
    }
  }
}
