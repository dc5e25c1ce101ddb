internal import FermFormat

/// Gives every value its place, so that values that are never alive together share memory.
///
/// Places are in floats per image: the layout holds for every batch size.
struct MemoryLayoutPlanner {
  private(set) var steps: [Step]
  private(set) var input: Place
  private(set) var output: Place
  private(set) var size = 0

  init(steps: [Step], input: Place, output: Place) {
    self.steps = steps
    self.input = input
    self.output = output
  }

  /// First fit over the values in the order in which they come alive.
  mutating func place() {
    var lastRead: [(value: Int, step: Int)] = []
    for (i, step) in steps.enumerated() {
      lastRead.removeAll { $0.value == step.places.input.value }
      lastRead.append((step.places.input.value, i))
    }
    lastRead.removeAll { $0.value == output.value }
    lastRead.append((output.value, steps.count))

    var live: [Block] = []
    func allocate(_ place: Place) -> Int {
      let length = (place.shape.count + 15) / 16 * 16
      var offset = 0
      for block in live.sorted(by: { $0.offset < $1.offset }) {
        if block.offset >= offset + length { break }
        offset = max(offset, block.offset + block.length)
      }
      live.append(Block(value: place.value, offset: offset, length: length))
      size = max(size, offset + length)
      return offset
    }

    input.offset = allocate(input)
    for i in steps.indices {
      var places = steps[i].places
      for block in live where block.value == places.input.value { places.input.offset = block.offset }
      places.output.offset = allocate(places.output)
      if places.output.value == output.value { output.offset = places.output.offset }
      steps[i].places = places
      live.removeAll { block in
        let end = lastRead.first { $0.value == block.value }?.step ?? i
        return end <= i
      }
    }
    if output.value == input.value { output.offset = input.offset }
  }

  private struct Block {
    let value: Int
    let offset: Int
    let length: Int
  }
}
