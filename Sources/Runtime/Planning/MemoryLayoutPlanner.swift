internal import FermFormat

/// Gives every value its place, so that values that are never alive together share memory.
///
/// Places are in floats per image: the layout holds for every batch size. Values that only one grouped stage knows are local
/// to it: their memory is that of a group, not of the batch.
struct MemoryLayoutPlanner {
  private(set) var steps: [PlanStep]
  /// What the caller gets.
  private(set) var outputs: [Place]
  /// Floats for each image of a batch.
  var size: Int64 { batch.size }
  /// Floats for each image of a group.
  var localSize: Int64 { local.size }
  private var batch = Region()
  private var local = Region()

  init(steps: [PlanStep], outputs: [Place]) {
    self.steps = steps
    self.outputs = outputs
  }

  /// First fit over the values in the order in which they come alive; the caller's own input needs no place.
  mutating func place(_ stages: [Stage] = []) {
    let lastReads = lastReads()
    // Threads are at different steps of a grouped stage, so memory of the whole batch is free again only at its end.
    var ends = Array(steps.indices)
    var isGrouped = [Bool](repeating: false, count: steps.count)
    for stage in stages where stage.group != nil {
      for i in stage.steps { (ends[i], isGrouped[i]) = (stage.steps.upperBound - 1, true) }
    }
    for i in steps.indices {
      steps[i].input = placed(steps[i].input)
      steps[i].others = steps[i].others.map { placed($0) }
      let output = steps[i].output
      // A value that nothing outside its stage reads is local.
      let isLocal = isGrouped[i] && lastReads[output.value] <= ends[i]
      steps[i].output.isLocal = isLocal
      steps[i].output.offset = isLocal ? local.allocate(steps[i].output) : batch.allocate(steps[i].output)
      for k in outputs.indices where outputs[k].value == output.value {
        outputs[k].offset = steps[i].output.offset
      }
      local.free { lastReads[$0] <= i }
      if ends[i] == i { batch.free { lastReads[$0] <= i } }
    }
  }

  /// For each value, the last step that reads it; outputs are read when all is done.
  private func lastReads() -> [Int] {
    let largest = outputs.reduce(0) { max($0, $1.value) }
    var last = [Int](
      repeating: -1, count: 1 + steps.reduce(largest) { max($0, $1.input.value, $1.output.value) })
    for (i, step) in steps.enumerated() {
      last[step.input.value] = i
      for other in step.others { last[other.value] = i }
    }
    for output in outputs { last[output.value] = Int.max }
    return last
  }

  private func placed(_ place: Place) -> Place {
    batch.find(place) ?? local.find(place) ?? place
  }

  /// Memory that values share.
  private struct Region {
    private(set) var size: Int64 = 0
    /// In the order of their places.
    private var live: [(place: Place, offset: Int64, length: Int64)] = []

    mutating func allocate(_ place: Place) -> Int {
      let length = Int64(place.pitch).inWhole(16)
      var (offset, index) = (Int64(0), live.count)
      for (i, other) in live.enumerated() {
        if other.offset >= offset + length {
          index = i
          break
        }
        offset = other.offset + other.length
      }
      var placed = place
      // What an Int cannot hold no session takes.
      placed.offset = Int(clamping: offset)
      live.insert((placed, offset, length), at: index)
      size = max(size, offset + length)
      return placed.offset
    }

    /// The place of an input, which may be read under another shape.
    func find(_ place: Place) -> Place? {
      guard let known = live.first(where: { $0.place.value == place.value }) else { return nil }
      var found = place
      found.offset = known.place.offset
      found.isLocal = known.place.isLocal
      return found
    }

    mutating func free(where isDone: (Int) -> Bool) { live.removeAll { isDone($0.place.value) } }
  }
}
