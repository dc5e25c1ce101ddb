internal import Foundation

/// A folder of faces: `<split>/<class>/<image>` or `<class>/<image>`.
///
/// FER2013's seven classes take its order; others are sorted by name. Files named `PublicTest_*` and `PrivateTest_*` form
/// those splits wherever they lie.
struct FaceFolder {
  let classes: [String]
  private(set) var splits: [String: [LabelledFace]] = [:]

  /// Lists a folder.
  ///
  /// - Throws: `data` when it has no class folders or an empty one.
  init(path: String) throws(TrainError) {
    let named = ["train", "val", "test"].filter { Self.folders("\(path)/\($0)").isEmpty == false }
    let roots = named.contains("train") ? named.map { ($0, "\(path)/\($0)") } : [("train", path)]
    var names = Set<String>()
    for (_, root) in roots { names.formUnion(Self.folders(root)) }
    guard !names.isEmpty else {
      throw .data("\(path): there are no class folders in it, such as \(path)/train/happy.")
    }
    classes = names == Set(FaceData.fer2013) ? FaceData.fer2013 : names.sorted()
    for (split, root) in roots {
      for (label, name) in classes.enumerated() {
        let files = Self.images("\(root)/\(name)")
        guard !files.isEmpty || split != "train" else {
          throw .data("\(root)/\(name): the class has no images; remove the folder or fill it.")
        }
        for file in files {
          let key =
            file.hasPrefix("PublicTest_") ? "public" : file.hasPrefix("PrivateTest_") ? "private" : split
          splits[key, default: []].append(LabelledFace(path: "\(root)/\(name)/\(file)", label: label))
        }
      }
    }
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
