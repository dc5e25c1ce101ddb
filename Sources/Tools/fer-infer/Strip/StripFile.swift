import FermFiles
import FermToolSupport

/// The strip of a run; it appears at the end.
final class StripFile {
  private let output: Output
  private let labels: [String]
  private let isSmoothed: Bool
  private var bins: StripBins
  private var last: FrameMoment?

  /// - Parameter output: the file, begun.
  init(_ output: Output, labels: [String], _ wish: FrameWish) {
    (self.output, self.labels, isSmoothed) = (output, labels, wish.smoothing != nil)
    bins = StripBins(width: wish.every)
  }

  /// Adds what is said of a face in a frame.
  func add(_ values: [Float], of id: Int, at moment: FrameMoment) {
    bins.add(values, of: id, at: moment.number)
  }

  /// Goes on to a frame.
  func advance(to moment: FrameMoment, present: [Int]) {
    bins.advance(to: moment.number, present: present)
    last = moment
  }

  /// Draws it, and lets it appear; gives what is to be said of that.
  func finish(isWhole: Bool) throws(FileError) -> String? {
    let name = output.file?.path.printable ?? ""
    guard !bins.faces.isEmpty else { return "\(name) was not written, as there are no faces to show." }
    let frameSeconds = last.flatMap { last in
      last.number > 0 ? last.time.map { $0.seconds / Double(last.number) } : nil
    }
    let strip = EmotionStrip(bins: bins, labels: labels, frameSeconds: frameSeconds, isSmoothed: isSmoothed)
    try output.append { $0 += strip.file.utf8 }
    return try output.finish(isWhole: isWhole, isEmpty: false)
  }
}
