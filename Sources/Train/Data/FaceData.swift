public import FermRuntime
internal import Foundation

/// One labelled face: where its pixels are, and the index of its class.
public struct LabelledFace: Equatable, Sendable {
  /// The image file, or the table that the face is a line of.
  public let path: String
  /// The index of its class.
  public let label: Int
  /// The line of the table, from 1, and the bytes of its pixels.
  let line: (number: Int, pixels: Range<Int>)?

  init(path: String, label: Int, line: (number: Int, pixels: Range<Int>)? = nil) {
    self.path = path
    self.label = label
    self.line = line
  }

  /// What people are told: `a/b.jpg`, or `fer2013.csv, line 17`.
  public var name: String { line.map { "\(path), line \($0.number)" } ?? path }

  public static func == (a: LabelledFace, b: LabelledFace) -> Bool {
    a.path == b.path && a.label == b.label && a.line?.number == b.line?.number
  }
}

/// A set of labelled faces in one of the layouts that people have: class folders, or FER2013's table.
public struct FaceData: Sendable {
  /// FER2013's classes in its order.
  public static let fer2013 = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

  /// The folder or table.
  public let path: String
  /// The class names, in the order of the labels.
  public let classes: [String]
  /// The faces of each split, in a fixed order: `train`, `public`, `private`, `val`, `test`.
  public let splits: [String: [LabelledFace]]
  /// Lines that were left out because they cannot be used, one sentence each.
  public let bad: [String]
  let table: FaceTable?

  /// Finds the faces at `path`.
  ///
  /// - Parameter skipsBad: leaves out lines of a table that cannot be used, instead of refusing the table.
  /// - Throws: `data`, naming the file and line or folder at fault.
  public init(path: String, skipsBad: Bool = false, workers: Workers) throws(TrainError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .data(
        "\(path): there is no such folder or file; --data wants class folders or FER2013's CSV file.")
    }
    self.path = path
    if isFolder.boolValue {
      let folder = try FaceFolder(path: path)
      (classes, splits, bad, table) = (folder.classes, folder.splits, [], nil)
    } else {
      let table = try FaceTable(path: path, skipsBad: skipsBad, workers: workers)
      (classes, splits, bad, self.table) = (Self.fer2013, table.splits, table.bad, table)
    }
  }

  /// The first `limit` faces of a split after a seeded shuffle; all of them for 0.
  public static func sample(_ faces: [LabelledFace], limit: Int, seed: UInt64) -> [LabelledFace] {
    guard limit > 0, limit < faces.count else { return faces }
    var random = RandomNumbers(seed: seed, 0x6C69_6D69)
    return Array(faces.shuffled(using: &random).prefix(limit))
  }
}
