/// Consecutive steps that run together.
///
/// In a grouped stage a thread takes a few images through all steps before it takes the next ones, so that what lies between
/// stays in its caches and never needs memory for the whole batch.
struct Stage {
  var steps: Range<Int>
  /// The most images that a thread takes at a time; nil where all threads share every step.
  var group: Int?

  /// Bytes of values that should stay in a core's own cache, beside filters and scratch.
  private static let cachedBytes = 3 << 18

  /// Cuts steps into stages.
  ///
  /// - Parameter groups: for each step, the images that keep one thread busy; nil where the threads must share it.
  static func cut(_ steps: [PlanStep], groups: [Int?]) -> [Stage] {
    var stages: [Stage] = []
    var largest = 0
    for (i, step) in steps.enumerated() {
      let bytes = 4 * step.output.pitch
      guard let group = groups[i] else {
        if let last = stages.last, last.group == nil {
          stages[stages.count - 1].steps = last.steps.lowerBound..<(i + 1)
        } else {
          stages.append(Stage(steps: i..<(i + 1), group: nil))
        }
        continue
      }
      if let last = stages.last, let joined = last.group,
        max(joined, group) == joined || max(joined, group) * max(largest, bytes) <= cachedBytes
      {
        stages[stages.count - 1] = Stage(
          steps: last.steps.lowerBound..<(i + 1), group: max(joined, group))
        largest = max(largest, bytes)
      } else {
        stages.append(Stage(steps: i..<(i + 1), group: group))
        largest = bytes
      }
    }
    return stages
  }

  /// Into how many equal parts `images` are cut, for every thread to get as many; none is empty.
  func parts(images: Int, threads: Int) -> Int {
    let most = threads * (group ?? images)
    return min(images, (images + most - 1) / most * threads)
  }
}
