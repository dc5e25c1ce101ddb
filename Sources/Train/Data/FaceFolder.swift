internal import Foundation

/// A file and the index of its class.
public struct LabelledFile: Equatable, Sendable {
  /// The file's path.
  public let path: String
  /// The index of its class.
  public let label: Int
}

/// A folder of faces: `<split>/<class>/<image>` or `<class>/<image>`.
///
/// FER2013's seven classes take its order; others are sorted by name. Files named `PublicTest_*` and `PrivateTest_*` form
/// those splits wherever they lie.
public struct FaceFolder: Sendable {
  /// FER2013's classes in its order.
  public static let fer2013 = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

  /// The class names, in the order of the labels.
  public let classes: [String]
  /// The files of each split, sorted by path: `train`, `public`, `private`, `val`, `test`.
  public let splits: [String: [LabelledFile]]

  /// Lists a folder.
  ///
  /// - Throws: `data` when it is missing, has no class folders or an empty one.
  public init(path: String) throws(TrainError) {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .data("\(path): there is no such folder; --data wants a folder with one folder for each class.")
    }
    guard isFolder.boolValue else {
      throw .data("\(path): this is a file; --data wants a folder with one folder for each class.")
    }
    let named = ["train", "val", "test"].filter { Self.folders("\(path)/\($0)").isEmpty == false }
    let roots = named.contains("train") ? named.map { ($0, "\(path)/\($0)") } : [("train", path)]
    var names = Set<String>()
    for (_, root) in roots { names.formUnion(Self.folders(root)) }
    guard !names.isEmpty else {
      throw .data("\(path): there are no class folders in it, such as \(path)/train/happy.")
    }
    classes = names == Set(Self.fer2013) ? Self.fer2013 : names.sorted()
    var splits: [String: [LabelledFile]] = [:]
    for (split, root) in roots {
      for (label, name) in classes.enumerated() {
        let files = Self.images("\(root)/\(name)")
        guard !files.isEmpty || split != "train" else {
          throw .data("\(root)/\(name): the class has no images; remove the folder or fill it.")
        }
        for file in files {
          let key =
            file.hasPrefix("PublicTest_") ? "public" : file.hasPrefix("PrivateTest_") ? "private" : split
          splits[key, default: []].append(LabelledFile(path: "\(root)/\(name)/\(file)", label: label))
        }
      }
    }
    self.splits = splits
  }

  /// The first `limit` files of a split after a seeded shuffle; all of them for 0.
  public static func sample(_ files: [LabelledFile], limit: Int, seed: UInt64) -> [LabelledFile] {
    guard limit > 0, limit < files.count else { return files }
    var random = RandomNumbers(seed: seed, 0x6C69_6D69)
    return Array(files.shuffled(using: &random).prefix(limit))
  }

  private static func folders(_ path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { name in
      var isFolder: ObjCBool = false
      return !name.hasPrefix(".")
        && FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
        && isFolder.boolValue
    }
  }

  private static func images(_ path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { name in
      !name.hasPrefix(".")
        && ["jpg", "jpeg", "png"].contains(name.split(separator: ".").last?.lowercased() ?? "")
    }.sorted()
  }
}
