import FermDrawing
import FermFiles
import FermImage
import FermToolSupport
import Glibc

/// A photo with what was said of its faces.
struct AnnotatedPhoto: Sendable {
  let path: FilePath
  /// The photo's bytes, where they were read from standard input.
  let content: Result<[UInt8], ImageError>?
  /// The folder whose listing gave it.
  let root: FilePath?
  var faces: [AnnotatedFace] = []
}

/// Copies of photos below a folder, their faces marked, made by threads of their own.
///
/// A photo is decoded once more for its copy: in full size, and at a time when its labels are known. So no more photos are in
/// memory than there are threads, and each of these waits for its share of the budget.
final class AnnotatedCopies: @unchecked Sendable {
  private let folder: FilePath
  private let annotator: Annotator
  private let decoder: ImageDecoder
  private let budget: MemoryBudget
  private var names = CopyNames()
  /// Whether no copy was asked for.
  private(set) var isUnused = true

  private let lock = Lock()
  private let hasWork: Lock.Condition
  private let hasRoom: Lock.Condition
  // All below is guarded by `lock`.
  private var waiting: [(photo: AnnotatedPhoto, name: FilePath)] = []
  private var isEnding = false
  private var working: Int
  private var failures: (count: Int, first: String?) = (0, nil)

  private let mostWaiting: Int

  /// How good a JPEG is, as libjpeg counts it.
  private static let quality = 90
  /// Bytes for each that decoding takes: the decoded and the turned picture, the copy in RGB, the encoded one.
  private static let share = 4

  /// Makes the folder unless it is there, and starts the threads.
  ///
  /// - Parameter inputs: what the run reads; `usage` is thrown for a folder that is one of them or has one in it.
  init(
    _ folder: FilePath, unlike inputs: [FilePath], annotator: Annotator, decoder: ImageDecoder,
    budget: MemoryBudget, threads: Int
  ) throws(FileError) {
    (self.folder, self.annotator, self.decoder, self.budget) = (folder, annotator, decoder, budget)
    hasWork = Lock.Condition(lock)
    hasRoom = Lock.Condition(lock)
    working = threads
    mostWaiting = 2 * threads
    try OutputFolder.make(folder, for: "--annotate", isTree: true, unlike: inputs)
    for _ in 0..<threads { startThread(niceness: 10) { self.work() } }
  }

  /// Has a copy made; waits while many are to be made.
  func add(_ photo: AnnotatedPhoto) {
    isUnused = false
    let name = names.next(for: photo.path, below: photo.root)
    lock.locked {
      while waiting.count >= mostWaiting { hasRoom.wait() }
      waiting.append((photo, name))
      hasWork.signal()
    }
  }

  /// Waits for all copies; says how many could not be made, and why not the first of them.
  func finish() -> String? {
    lock.locked {
      isEnding = true
      hasWork.broadcast()
      while working > 0 { hasRoom.wait() }
      guard let first = failures.first else { return nil }
      return "\(failures.count) annotated cop\(failures.count == 1 ? "y" : "ies") could not be made: \(first)"
    }
  }

  /// What is to be said where no copy was asked for.
  var unusedRemark: String {
    "\(folder.printable) has no copies, as no picture was searched for faces: with --detect each is."
  }

  private func work() {
    while let (photo, name) = take() {
      let path = folder.appending(name.bytes)
      var failure: String?
      do { try copy(photo, to: path) } catch let error as FileError {
        failure = error.message
      } catch { failure = "\(path.printable): \(error)" }
      guard let failure else { continue }
      lock.locked { failures = (failures.count + 1, failures.first ?? failure) }
    }
    lock.locked {
      working -= 1
      hasRoom.broadcast()
    }
  }

  private func take() -> (AnnotatedPhoto, FilePath)? {
    lock.locked {
      while waiting.isEmpty && !isEnding { hasWork.wait() }
      guard !waiting.isEmpty else { return nil }
      let next = waiting.removeFirst()
      hasRoom.broadcast()
      return next
    }
  }

  private func copy(_ photo: AnnotatedPhoto, to path: FilePath) throws {
    try OutputFolder.makeParents(of: path, below: folder)
    try OwnPicture.ofInfer.allow(at: path, unlike: [photo.path])
    var opened: OpenedImage? =
      try photo.content.map { try decoder.open(bytes: try $0.get()) } ?? decoder.open(path: photo.path.bytes)
    let bytes = Self.share * (opened?.memory ?? 0)
    budget.take(bytes)
    defer { budget.give(bytes) }
    guard let image = try opened?.decode() else { return }
    opened = nil  // and with it the file's bytes
    let drawn = try annotator.annotated(
      image, faces: photo.faces, remark: photo.faces.isEmpty ? "no face found" : nil)
    let format = path.isJPEG ? ImageEncoder.Format.jpeg(quality: Self.quality) : .png
    try OutputFile.write(
      try ImageEncoder.encode(drawn, as: format, software: OwnPicture.ofInfer.mark), to: path)
  }
}
