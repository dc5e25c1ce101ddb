internal import FermFiles
internal import FermRuntime

/// The faces of a folder tree: `<split>/<class>/<image>` or `<class>/<image>`, images nested deeper among them.
///
/// FER2013's seven classes take its order; others are sorted by name. Files named `PublicTest_*` and `PrivateTest_*` form
/// those splits wherever they lie. What is an image is told by its content.
struct FaceFolder {
  private(set) var classes: [String] = []
  private(set) var splits: [String: [LabelledFace]] = [:]
  /// Class folders of the training faces without an image, one sentence each.
  private(set) var empty: [String] = []
  /// What is there and not used, one sentence each.
  private(set) var notes: [String] = []
  /// Folders that are not listed, one sentence each.
  private(set) var bad: [String] = []
  let isSplit: Bool

  /// One class folder of one split.
  private struct Part {
    let split: FaceSplit
    let folder: FaceTree.Folder
    let name: String
    /// What tells it from the others.
    let key: String
  }

  /// Finds the faces.
  ///
  /// - Throws: `data` when the folders can mean two things, or a class has no usable name.
  init(
    _ tree: FaceTree, decoder: any FaceDecoder, workers: Workers
  ) throws(TrainError) {
    let layout = try FaceLayout(tree)
    isSplit = layout.isSplit
    let parts = try Self.parts(layout)
    let chosen = parts.flatMap { Array($0.folder.files) }
    let found = Gathered<Bool>(count: chosen.count)
    workers.forEach(min(chosen.count, 256)) { piece in
      let pieces = min(chosen.count, 256)
      for i in (chosen.count * piece / pieces)..<(chosen.count * (piece + 1) / pieces) {
        found.set(i, decoder.isImage(tree.files[chosen[i]]))
      }
    }
    let images = Set(zip(chosen, found.all).compactMap { $1 ?? false ? $0 : nil })
    classes = Self.classes(parts, images: images)
    let byKey = Dictionary(grouping: parts) { $0.key }
    for (label, name) in classes.enumerated() {
      for part in byKey[name.lowercased()] ?? [] {
        for file in part.folder.files where images.contains(file) {
          let path = tree.files[file]
          let split = FaceSplit(ofFile: path.lastPart) ?? part.split
          splits[split.rawValue, default: []].append(LabelledFace(path: path, label: label))
        }
      }
    }
    for part in parts
    where part.split == .train && !part.folder.files.contains(where: { images.contains($0) }) {
      empty.append("\(part.folder.path.printable): the class has no images; remove the folder or fill it.")
    }
    note(tree, layout, used: Set(chosen), images: images)
    for (path, reason) in tree.unlisted {
      let sentence = "\(path.printable): the folder cannot be listed (\(reason))."
      if path == layout.base.path || layout.roots.contains(where: { $0.folder.path.holds(path) }) {
        bad.append(sentence)
      } else {
        notes.append(sentence)
      }
    }
  }

  private static func parts(_ layout: FaceLayout) throws(TrainError) -> [Part] {
    var parts: [Part] = []
    for (split, root) in layout.roots {
      var twins: [String: FaceTree.Folder] = [:]
      for folder in root.folders {
        guard let name = String(validating: folder.name, as: UTF8.self) else {
          throw .data("\(folder.path.printable): the name of a class must be UTF-8; rename the folder.")
        }
        if let inner = folder.folders.first(where: { $0.split != nil && !$0.files.isEmpty }) {
          throw .data(
            "\(inner.path.printable): splits hold the classes, not the other way round; make it \(inner.split?.rawValue ?? "train")/\(name.printable)."
          )
        }
        let key = name.lowercased()
        if let twin = twins.updateValue(folder, forKey: key) {
          throw .data(
            "\(twin.path.printable) and \(folder.path.printable): the names of two classes differ only in case; rename one of them."
          )
        }
        parts.append(Part(split: split, folder: folder, name: name, key: key))
      }
    }
    return parts
  }

  /// The names of the classes; those of training faces say how a name is spelt.
  private static func classes(_ parts: [Part], images: Set<Int>) -> [String] {
    var names: [String: String] = [:]
    for part in parts where part.split == .train || part.folder.files.contains(where: { images.contains($0) })
    {
      if names[part.key] == nil { names[part.key] = part.name }
    }
    return Set(names.values) == Set(FaceData.fer2013) ? FaceData.fer2013 : names.values.sorted()
  }

  /// Says what is there and not used.
  private mutating func note(_ tree: FaceTree, _ layout: FaceLayout, used: Set<Int>, images: Set<Int>) {
    let top = tree.root.path.printable
    func such(_ places: [Int]) -> String { "such as \(tree.files[places[0]].printable)" }
    func counted(_ count: Int, _ one: String, _ more: String) -> String {
      count == 1 ? "1 \(one)" : "\(count) \(more)"
    }
    if layout.base.path != tree.root.path {
      notes.append("\(top): its faces are in \(layout.base.path.printable).")
    }
    if let only = layout.roots.first?.folder.folders.first, layout.roots.count == 1,
      layout.roots[0].folder.folders.count == 1, only.ownFiles == 0, only.folders.count > 1
    {
      let names = only.folders.map { FilePath(bytes: Array($0.name)).printable }
      notes.append(
        "\(only.path.printable): the only class; if the folders in it are the classes, \(ClassNames.listed(names)), name \(only.path.printable) in place of \(top)."
      )
    }
    var loose = Set(tree.files.indices).subtracting(used)
    if layout.isSplit {
      let known = Set(layout.roots.flatMap { [$0.folder.path] + $0.folder.folders.map { $0.path } })
      for folder in layout.base.folders where !known.contains(folder.path) && !folder.files.isEmpty {
        notes.append(
          "\(folder.path.printable): \(counted(folder.files.count, "file", "files")) not used; the splits are \(layout.roots.map { $0.split.rawValue }.joined(separator: ", "))."
        )
        loose.subtract(folder.files)
      }
    }
    let outside = loose.sorted()
    if !outside.isEmpty {
      notes.append(
        "\(top): \(counted(outside.count, "file lies", "files lie")) outside the class folders and \(outside.count == 1 ? "is" : "are") not used, \(such(outside))."
      )
    }
    let others = used.subtracting(images).sorted()
    if !others.isEmpty {
      notes.append(
        "\(top): \(counted(others.count, "file is no image and is", "files are no images and are")) not used, \(such(others))."
      )
    }
  }
}

extension FilePath {
  /// What follows the last slash.
  var lastPart: ArraySlice<UInt8> { bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...] }
}
