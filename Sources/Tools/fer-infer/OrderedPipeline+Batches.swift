import FermFiles
import FermToolSupport

extension OrderedPipeline<Work, PreparedWork> {
  /// After so many seconds without the next piece of work, what is there runs as a small batch: a slow source gets its answers early.
  private static var patience: Double { 0.02 }

  /// Gives everything that comes to `body`, in batches of about so many faces, and in the end what is left, which may be nothing.
  ///
  /// - Parameter body: is told whether nothing else has come yet.
  func forEachBatch(
    of faces: Int, _ body: (_ works: [PreparedWork], _ isSlow: Bool) throws(FileError) -> Void
  ) throws(FileError) {
    var (works, count) = ([PreparedWork](), 0)
    reading: while true {
      switch next(waiting: works.isEmpty ? nil : Self.patience) {
      case .output(let work):
        works.append(work)
        count += work.faces.count
        // What has no face, or is passed over, must not pile up either.
        guard count >= faces || works.count >= 4 * faces else { continue }
        try body(works, false)
      case .nothingYet: try body(works, true)
      case .end: break reading
      }
      (works, count) = ([], 0)
    }
    try body(works, false)
  }
}
