public import FermFiles
public import FermRuntime
internal import Foundation

/// One labelled face: where its pixels are, and the index of its class.
public struct LabelledFace: Equatable, Sendable {
  /// The image file, or the table that the face is a line of.
  public let path: FilePath
  /// The index of its class.
  public internal(set) var label: Int
  /// The line of the table, from 1, and the face's place in it.
  let line: (number: Int, place: Int)?
  /// What it teaches beside its label.
  public internal(set) var lesson = Lesson()
  /// What it belongs to, such as the person whose face it is; faces of one group are not divided.
  public internal(set) var group: String?

  init(path: FilePath, label: Int, line: (number: Int, place: Int)? = nil, weight: Float = 1) {
    self.path = path
    self.label = label
    self.line = line
    lesson.weight = weight
  }

  /// What people are told: `a/b.jpg`, or `fer2013.csv, line 17`.
  public var name: String { line.map { "\(path.printable), line \($0.number)" } ?? path.printable }

  /// Whether both are the same picture with the same label.
  public static func == (a: LabelledFace, b: LabelledFace) -> Bool {
    a.path == b.path && a.label == b.label && a.line?.number == b.line?.number
  }
}

/// A set of labelled faces in one of the layouts that people have: class folders, or FER2013's table.
///
/// ```swift
/// func trainingFaces(_ decoder: some FaceDecoder, as recipe: Preprocessing) throws -> FaceSet {
///   let workers = try Workers()
///   let data = try FaceData(path: "faces", decoder: decoder, workers: workers)
///   return try FaceSet(
///     data.splits["train"] ?? [], of: data, preprocessor: Preprocessor(recipe), workers: workers)
/// }
/// ```
public struct FaceData: Sendable {
  /// FER2013's classes in its order.
  public static let fer2013 = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

  /// The folder or table.
  public let path: String
  /// The class names, in the order of the labels.
  public internal(set) var classes: [String]
  /// The faces of each ``FaceSplit``, by its name, in a fixed order: class by class, then by path or line.
  public internal(set) var splits: [String: [LabelledFace]]
  /// Whether the data says which faces train; else they are all in `train`.
  public internal(set) var isSplit: Bool
  /// Classes for which there is a folder and no image in it, one sentence each.
  public let empty: [String]
  /// What is there and not used, one sentence each.
  public internal(set) var notes: [String]
  /// What was left out because it cannot be used, one sentence each.
  public let bad: [String]
  let table: FaceTable?
  let decoder: any FaceDecoder

  /// Finds the faces at `path`: class folders, FER2013's table, or a folder with such a table in it.
  ///
  /// - Parameter skipsBad: leaves out lines of a table and folders that cannot be read, instead of refusing them.
  /// - Throws: `data`, naming the file and line or folder at fault.
  public init(
    path: String, skipsBad: Bool = false, decoder: any FaceDecoder, workers: Workers
  ) throws(TrainError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .data(
        "\(path.printable): there is no such folder or file; class folders or FER2013's CSV file are wanted."
      )
    }
    self.path = path
    self.decoder = decoder
    var tablePath = path
    var notes: [String] = []
    if isFolder.boolValue {
      let tree = FaceTree(FilePath(path))
      let folder = try FaceFolder(tree, decoder: decoder, workers: workers)
      if let sentence = folder.bad.first, !skipsBad { throw .data(sentence + FaceTable.wayOn) }
      if !folder.splits.isEmpty {
        (classes, splits, isSplit) = (folder.classes, folder.splits, folder.isSplit)
        (empty, self.notes, bad, table) = (folder.empty, folder.notes, folder.bad, nil)
        return
      }
      tablePath = try Self.table(in: tree)
      notes = ["\(path.printable): there are no class folders in it; \(tablePath.printable) is taken."]
    }
    let table = try FaceTable(path: tablePath, skipsBad: skipsBad, workers: workers)
    (classes, splits, isSplit) = (Self.fer2013, table.splits, table.isSplit)
    (empty, self.notes, bad, self.table) = ([], notes, table.bad, table)
  }

  /// FER2013's table in a folder without images, or the only one there.
  private static func table(in tree: FaceTree) throws(TrainError) -> String {
    let tables = tree.files.filter { $0.text.lowercased().hasSuffix(".csv") }
    let usual = tables.filter { String(decoding: $0.lastPart, as: UTF8.self).lowercased() == "fer2013.csv" }
    if let one = usual.count == 1 ? usual.first : tables.count == 1 ? tables.first : nil { return one.text }
    let top = tree.root.path.printable
    if tables.count > 1 {
      throw .data(
        "\(top): there are several tables in it, such as \(tables[0].printable) and \(tables[1].printable); name one of them."
      )
    }
    if let file = tree.files.first {
      throw .data(
        "\(top): there are no images in class folders, such as \(top)/happy/1.jpg or \(top)/train/happy/1.jpg; there is \(file.printable)."
      )
    }
    throw .data("\(top): there are no class folders in it, such as \(top)/train/happy.")
  }

  // MARK: - Parts

  /// The first `limit` faces of a split after a seeded shuffle; all of them for 0.
  public static func sample(_ faces: [LabelledFace], limit: Int, seed: UInt64) -> [LabelledFace] {
    sample(count: faces.count, limit: limit, seed: seed).map { faces[$0] }
  }

  /// Places of the first `limit` of `count` faces after the same shuffle.
  public static func sample(count: Int, limit: Int, seed: UInt64) -> [Int] {
    guard limit > 0, limit < count else { return Array(0..<count) }
    var random = RandomNumbers(seed: seed, 0x6C69_6D69)
    return Array((0..<count).shuffled(using: &random).prefix(limit))
  }

  /// The same faces, but only `limit` that train; all of them for 0.
  public func limited(to limit: Int, seed: UInt64) -> FaceData {
    var result = self
    result.splits["train"] = splits["train"].map { Self.sample($0, limit: limit, seed: seed) }
    return result
  }
}
