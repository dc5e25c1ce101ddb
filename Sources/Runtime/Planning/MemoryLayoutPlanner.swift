internal import FermFormat

/// Gives every value its place, so that values that are never alive together share memory.
///
/// Places are in floats per image: the layout holds for every batch size. Values that only one grouped stage knows are local
/// to it: their memory is that of a group, not of the batch.
struct MemoryLayoutPlanner {
  private(set) var steps: [Step]
  private(set) var output: Place
  /// Floats for each image of a batch.
  var size: Int { batch.size }
  /// Floats for each image of a group.
  var localSize: Int { local.size }
  private var batch = Region()
  private var local = Region()

  init(steps: [Step], output: Place) {
    self.steps = steps
    self.output = output
  }

  /// First fit over the values in the order in which they come alive; the caller's own input needs no place.
  mutating func place(_ stages: [Stage] = []) {
    for stage in stages where stage.group != nil { markLocal(stage) }
    for i in steps.indices {
      steps[i].input = placed(steps[i].input)
      if steps[i].output.isLocal {
        steps[i].output.offset = local.allocate(steps[i].output)
      } else {
        steps[i].output.offset = batch.allocate(steps[i].output)
      }
      if steps[i].output.value == output.value { output.offset = steps[i].output.offset }
      let isNeeded = { [steps, output] (value: Int) in
        value == output.value || steps[(i + 1)...].contains { $0.input.value == value }
      }
      batch.free(unless: isNeeded)
      local.free(unless: isNeeded)
    }
  }

  /// A value that nothing outside its stage reads is local.
  private mutating func markLocal(_ stage: Stage) {
    for i in stage.steps where steps[i].output.value != output.value {
      let value = steps[i].output.value
      let isRead = steps.indices.contains { steps[$0].input.value == value && !stage.steps.contains($0) }
      steps[i].output.isLocal = !isRead
    }
  }

  private func placed(_ place: Place) -> Place {
    batch.find(place) ?? local.find(place) ?? place
  }

  /// Memory that values share.
  private struct Region {
    private(set) var size = 0
    private var live: [(place: Place, length: Int)] = []

    mutating func allocate(_ place: Place) -> Int {
      let length = (place.stride + 15) / 16 * 16
      var offset = 0
      for other in live.sorted(by: { $0.place.offset < $1.place.offset }) {
        if other.place.offset >= offset + length { break }
        offset = max(offset, other.place.offset + other.length)
      }
      var placed = place
      placed.offset = offset
      live.append((placed, length))
      size = max(size, offset + length)
      return offset
    }

    /// The place of an input, which may be read under another shape.
    func find(_ place: Place) -> Place? {
      guard let known = live.first(where: { $0.place.value == place.value }) else { return nil }
      var found = place
      found.offset = known.place.offset
      found.isLocal = known.place.isLocal
      return found
    }

    mutating func free(unless isNeeded: (Int) -> Bool) { live.removeAll { !isNeeded($0.place.value) } }
  }
}
