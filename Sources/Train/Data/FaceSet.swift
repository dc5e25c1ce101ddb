public import FermFiles
public import FermFormat
public import FermRuntime

/// Decodes an image file; the trainer knows no image library itself.
public protocol FaceDecoder: Sendable {
  /// Whether the file at `path` is an image by its content, or claims to be one by its name.
  func isImage(_ path: FilePath) -> Bool
  /// The pixels of the file at `path`: grey or RGB, rows without gaps. Throws one sentence without the path.
  func decode(_ path: FilePath) throws(FaceDecodingError) -> DecodedFace
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

/// Labelled faces, decoded and resized as the network's preprocessing wants them; they stay in memory, a byte a sample.
///
/// ```swift
/// var faces = FaceSet()
/// faces.append((pixels: [UInt8](repeating: 128, count: 48 * 48), channels: 1), label: 3, name: "a face")
/// ```
public struct FaceSet: Sendable {
  /// One face: its 8-bit pixels after the resize.
  public typealias Face = (pixels: [UInt8], channels: Int)
  /// The faces.
  public private(set) var faces: [Face] = []
  /// For each face, the index of its class.
  public private(set) var labels: [Int] = []
  /// For each face, what it teaches beside its label.
  public private(set) var lessons: [Lesson] = []
  /// For each face, where it came from.
  public private(set) var names: [String] = []
  /// For each face, a number that stands for its picture as it was decoded, before any resize.
  public private(set) var digests: [UInt64] = []
  /// Faces that were left out because they cannot be used, one sentence each.
  public private(set) var bad: [String] = []
  /// Faces whose size is not the usual one: how many, and the first of them in a sentence.
  public private(set) var odd: (count: Int, first: String)?

  /// The number of faces.
  public var count: Int { faces.count }

  /// Makes an empty set.
  public init() {}

  /// Adds one face, its pixels resized already.
  ///
  /// - Parameter digest: stands for its picture; made of the pixels where none is given.
  public mutating func append(
    _ face: Face, label: Int, name: String, digest: UInt64? = nil, lesson: Lesson = Lesson()
  ) {
    faces.append(face)
    labels.append(label)
    lessons.append(lesson)
    names.append(name)
    digests.append(digest ?? Duplicates.digest(face.pixels))
  }

  /// Adds the faces of another set.
  public mutating func append(_ other: FaceSet) {
    faces += other.faces
    labels += other.labels
    lessons += other.lessons
    names += other.names
    digests += other.digests
  }

  /// The faces at these places.
  public func keeping(_ places: [Int]) -> FaceSet {
    var set = FaceSet()
    for i in places {
      set.append(faces[i], label: labels[i], name: names[i], digest: digests[i], lesson: lessons[i])
    }
    return set
  }

  /// The faces with other labels; those that get none are left out.
  public func relabelled(_ label: (Int) -> Int?) -> FaceSet {
    let places = labels.indices.filter { label(labels[$0]) != nil }
    var set = keeping(places)
    set.labels = places.compactMap { label(labels[$0]) }
    return set
  }

  /// Decodes the listed faces of `data`.
  ///
  /// - Parameters:
  ///   - skipsBad: leaves out what cannot be used, instead of refusing the first such face.
  ///   - sharing: by which one of several processes decodes them for all that list the same.
  /// - Throws: `data`, naming the file or line.
  public init(
    _ listed: [LabelledFace], of data: FaceData, preprocessor: Preprocessor, workers: Workers,
    skipsBad: Bool = false, sharing: (any DecodingShare)? = nil
  ) throws(TrainError) {
    var decoded: [DecodedPicture]?
    func decode() -> [DecodedPicture] {
      let all = Self.decoded(listed, data, preprocessor, workers)
      decoded = all
      return all
    }
    let bytes = try sharing?.once { DecodedPicture.bytes(decode()) }
    let pictures = decoded ?? bytes.map { DecodedPicture.read($0) } ?? decode()
    guard pictures.count == listed.count else {
      throw .data(
        "\(data.path.printable): another process found \(pictures.count) faces where there are \(listed.count)."
      )
    }
    var sizes: [Size: (count: Int, first: String)] = [:]
    for (face, result) in zip(listed, pictures) {
      switch result {
      case .face(let pixels, let width, let height, let digest):
        append(pixels, label: face.label, name: face.name, digest: digest, lesson: face.lesson)
        sizes[Size(width: width, height: height), default: (0, face.name)].count += 1
      case .bad(let sentence):
        let text = "\(face.name): \(sentence)"
        guard skipsBad else { throw .data(text + FaceTable.wayOn) }
        bad.append(text)
      }
    }
    noteOddSizes(sizes)
  }

  /// A face or two of another size among thousands is rarely meant; sets of mixed sizes are.
  private mutating func noteOddSizes(_ sizes: [Size: (count: Int, first: String)]) {
    guard let usual = sizes.max(by: { $0.value.count < $1.value.count }), sizes.count > 1,
      usual.value.count * 10 >= count * 9,
      let first = sizes.filter({ $0.key != usual.key }).min(by: { $0.value.first < $1.value.first })
    else { return }
    odd = (
      count - usual.value.count,
      "\(first.value.first) is \(first.key.width)x\(first.key.height) where the others are \(usual.key.width)x\(usual.key.height)"
    )
  }

  private struct Size: Hashable {
    let width: Int
    let height: Int
  }

  /// Decodes the listed faces.
  private static func decoded(
    _ listed: [LabelledFace], _ data: FaceData, _ preprocessor: Preprocessor, _ workers: Workers
  ) -> [DecodedPicture] {
    let found = Gathered<DecodedPicture>(count: listed.count)
    let pieces = min(listed.count, 256)
    workers.forEach(pieces) { piece in
      for i in (listed.count * piece / pieces)..<(listed.count * (piece + 1) / pieces) {
        found.set(i, load(listed[i], data, preprocessor))
      }
    }
    return found.all.compactMap { $0 }
  }

  private static func load(
    _ face: LabelledFace, _ data: FaceData, _ preprocessor: Preprocessor
  ) -> DecodedPicture {
    do throws(FaceDecodingError) {
      let image: DecodedFace
      if let table = data.table {
        image = try table.pixels(face)
      } else {
        image = try data.decoder.decode(face.path)
      }
      guard let resized = resized(image, preprocessor) else { return .bad("the image cannot be resized.") }
      // Equal rows of pixels are another picture in another shape.
      let shape = RandomNumbers.mix(UInt64(image.width) << 32 | UInt64(image.height))
      return .face(
        resized, width: image.width, height: image.height,
        digest: Duplicates.digest(image.pixels, from: shape))
    } catch { return .bad(error.message) }
  }

  private static func resized(_ image: DecodedFace, _ preprocessor: Preprocessor) -> Face? {
    // SAFETY: the view is used while the pixels are lent.
    unsafe image.pixels.withUnsafeBufferPointer { pixels in
      guard
        let view = unsafe PixelImage(
          pixels: pixels, width: image.width, height: image.height, channels: image.channels)
      else { return nil }
      return try? preprocessor.resized(view)
    }
  }

  /// The same faces in the size of another recipe.
  ///
  /// - Parameter own: the recipe that they have the size of.
  public func fitted(to recipe: Preprocessing, from own: Preprocessing, workers: Workers) -> FaceSet {
    guard recipe.resized != own.resized else { return self }
    let preprocessor = Preprocessor(recipe)
    let side = own.resized
    return changed(workers) { _, face in
      Self.resized(
        DecodedFace(pixels: face.pixels, width: side.width, height: side.height, channels: face.channels),
        preprocessor)
    }
  }

  /// The same faces with other pixels; one of which nothing is made stays as it is.
  ///
  /// - Parameter change: is told a face's place.
  func changed(_ workers: Workers, _ change: (Int, Face) -> Face?) -> FaceSet {
    let found = Gathered<Face>(count: count)
    workers.forEach(count) { i in if let face = change(i, faces[i]) { found.set(i, face) } }
    var set = self
    set.faces = found.all.enumerated().map { $1 ?? faces[$0] }
    return set
  }
}
