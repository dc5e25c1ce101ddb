/// What is said of a face in a frame, or of a frame without one.
struct FrameRecord {
  let moment: FrameMoment
  /// The number of the face among all of the stream; nil where there is none.
  let id: Int?
  let box: Box?
  let mark: FaceMark
  let result: Result<Outcome, InputFailure>
  /// The running means of the face's probabilities, where they are wanted.
  let smoothed: [Float]?

  /// Whether a face was found and has its probabilities.
  var isSuccess: Bool {
    if case .success(.face) = result { return true }
    return false
  }
}

/// The formats by name, as ``RecordFormats`` has them.
enum FrameFormats {
  static let all:
    [(
      name: String, make: @Sendable (_ labels: [String], _ isSmoothed: Bool) -> any RecordFormat<FrameRecord>
    )] = [
      ("table", { labels, _ in FrameTable(labels: labels) }),
      ("jsonl", { labels, _ in FrameJSON(labels, isDocument: false) }),
      ("csv", { labels, isSmoothed in FrameCSV(labels, isSmoothed: isSmoothed) }),
      ("json", { labels, _ in FrameJSON(labels, isDocument: true) }),
    ]
}
