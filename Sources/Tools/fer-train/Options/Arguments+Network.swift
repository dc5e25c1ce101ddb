import FermToolSupport
import FermTrain

extension Arguments {
  /// What `--network` names: a network of this program, or that of a `.net` or `.ferm` file; nil where it is not given.
  ///
  /// - Throws: `UsageError` for a word that is neither, `TrainError.model` for a file that cannot be trained on faces.
  func network() throws -> NetworkKind? {
    if let path = string("--network"), NetworkKind.isFile(path) { return try NetworkKind(path: path) }
    return try choice("--network", of: NetworkKind.all.map { $0.name }).map(NetworkKind.named)
  }
}
