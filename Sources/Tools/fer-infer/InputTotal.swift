import FermFiles
import FermToolSupport

/// Counts the files of the inputs beside the run, for the time that is left; a list has no known length.
final class InputTotal: @unchecked Sendable {
  private let lock = Lock()
  private var total: Int?

  /// nil until all are counted.
  var count: Int? { lock.locked { total } }

  /// Begins to count; nil where nobody looks, or where there is no end.
  init?(_ options: InferOptions) {
    guard ProgressLine.isShown, !options.paths.isEmpty, !options.paths.contains(FilePath("-")) else {
      return nil
    }
    let (paths, isRecursive, decoder) = (options.paths, options.isRecursive, options.decoder)
    startThread(niceness: 10) {
      var source = PathSource(
        paths, separator: 0, recursively: isRecursive, decoder: decoder, outputs: OutputFilter())
      var count = 0
      while source.next() != nil { count += 1 }
      self.lock.locked { self.total = count }
    }
  }
}
