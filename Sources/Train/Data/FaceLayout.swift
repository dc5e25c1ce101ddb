internal import FermFiles

/// Which folders of a tree are splits and which are classes, told by their names and by where files lie.
///
/// `<split>/<class>/…` or `<class>/…`; what is nested deeper belongs to the class.
struct FaceLayout {
  /// The folder that holds the splits or classes; it may lie below the one that was named.
  let base: FaceTree.Folder
  /// The folders that hold the classes.
  let roots: [(split: FaceSplit, folder: FaceTree.Folder)]
  /// Whether the splits have folders; else all faces count as `train`.
  let isSplit: Bool

  /// Looks for split folders from the top down, no deeper than the first folders that hold files, which are classes.
  ///
  /// - Throws: `data` when the folders can mean two things.
  init(_ tree: FaceTree) throws(TrainError) {
    var level = [tree.root]
    while !level.isEmpty {
      var found: [(FaceTree.Folder, [(split: FaceSplit, folder: FaceTree.Folder)])] = []
      for folder in level {
        if let splits = try Self.splits(of: folder) { found.append((folder, splits)) }
      }
      guard found.count < 2 else {
        throw .data(
          "\(tree.root.path.printable): there are several data sets in it, such as \(found[0].0.path.printable) and \(found[1].0.path.printable); name one of them."
        )
      }
      if let (base, roots) = found.first {
        (self.base, self.roots, isSplit) = (base, roots, true)
        return
      }
      level = level.flatMap { folder in
        folder.folders.contains { $0.ownFiles > 0 } ? [] : folder.folders
      }
    }
    (base, roots, isSplit) = (tree.root, [(.train, tree.root)], false)
  }

  /// The split folders among the folders of `folder`; nil when its folders are no splits.
  private static func splits(
    of folder: FaceTree.Folder
  ) throws(TrainError) -> [(split: FaceSplit, folder: FaceTree.Folder)]? {
    let named = folder.folders.filter { $0.split != nil && !$0.files.isEmpty }
    let whole = named.filter { !$0.folders.isEmpty }
    let others = folder.folders.filter { $0.split == nil && !$0.files.isEmpty }
    let hasTraining = whole.contains { $0.split == .train }
    let classesLieBeside = others.contains { $0.ownFiles > 0 }
    if !hasTraining, !others.isEmpty, !classesLieBeside || named.isEmpty { return nil }
    if !hasTraining, let bare = named.first(where: { $0.folders.isEmpty }) {
      throw .data(
        "\(bare.path.printable): its name is that of a split, and there are no class folders in it, such as \(bare.path.printable)/happy."
      )
    }
    guard !whole.isEmpty else { return nil }
    var roots: [(split: FaceSplit, folder: FaceTree.Folder)] = []
    for split in FaceSplit.allCases {
      let own = whole.filter { $0.split == split }
      guard own.count < 2 else {
        throw .data(
          "\(own[0].path.printable) and \(own[1].path.printable) both mean the split \(split.rawValue); rename one of them."
        )
      }
      if let folder = own.first {
        roots.append((split, folder))
      } else if split == .train, classesLieBeside {
        // `happy/`, `sad/` and `test/`: the classes beside the split train.
        roots.append((.train, folder.keeping(others)))
      }
    }
    return roots
  }
}
