import FermTrain

/// Where a model is: a file, or the folder of a run, whose best.ferm is meant.
enum ModelPath {
  /// The path of the file.
  static func resolved(_ path: String) throws(TrainError) -> String {
    guard FileSystem.isFolder(path) else { return path }
    let best = path.hasSuffix("/") ? "\(path)best.ferm" : "\(path)/best.ferm"
    guard FileSystem.isFile(best) else {
      throw .model("\(path): this folder holds no best.ferm; name a .ferm file or the folder of a run.")
    }
    return best
  }
}
