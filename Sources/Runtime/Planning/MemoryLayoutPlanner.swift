internal import FermFormat

/// Gives every value its place, so that values that are never alive together share memory.
///
/// Places are in floats per image: the layout holds for every batch size.
struct MemoryLayoutPlanner {
  private(set) var steps: [Step]
  private(set) var output: Place
  /// Floats for each image.
  private(set) var size = 0
  private var live: [Block] = []

  init(steps: [Step], output: Place) {
    self.steps = steps
    self.output = output
  }

  /// First fit over the values in the order in which they come alive; the caller's own input needs no place.
  mutating func place() {
    for i in steps.indices {
      for block in live where block.value == steps[i].input.value { steps[i].input.offset = block.offset }
      steps[i].output.offset = allocate(steps[i].output)
      if steps[i].output.value == output.value { output.offset = steps[i].output.offset }
      live.removeAll { block in
        block.value != output.value && !steps[(i + 1)...].contains { $0.input.value == block.value }
      }
    }
  }

  private mutating func allocate(_ place: Place) -> Int {
    let length = (place.stride + 15) / 16 * 16
    var offset = 0
    for block in live.sorted(by: { $0.offset < $1.offset }) {
      if block.offset >= offset + length { break }
      offset = max(offset, block.offset + block.length)
    }
    live.append(Block(value: place.value, offset: offset, length: length))
    size = max(size, offset + length)
    return offset
  }

  private struct Block {
    let value: Int
    let offset: Int
    let length: Int
  }
}
