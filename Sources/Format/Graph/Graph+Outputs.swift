extension Graph {
  /// Checks that outputs name values of the shapes that their kinds have (spec 7.2).
  ///
  /// - Parameters:
  ///   - shapes: of every value of the graph.
  ///   - classes: the number of labels.
  ///   - places: where the outputs stand in a file; nil for those that were not read from one.
  func check(
    _ outputs: [ModelOutput], shapes: [Shape], classes: Int, places: OutputPlaces?
  ) throws(FormatError) {
    guard classes == 0 || outputs.contains(where: { $0.isScores }) else {
      throw FormatError(
        .graph, at: places?.record, "There are \(classes) labels, and no output is class scores.")
    }
    for (index, output) in outputs.enumerated() {
      let fields = places?.values[index]
      func refused(_ value: Int, _ why: String) -> FormatError {
        FormatError(.graph, at: fields?[value], "The output \(output.name) \(why).")
      }
      func shape(_ number: Int, of value: Int) throws(FormatError) -> Shape {
        guard value >= 1, value < shapes.count else {
          throw refused(number, "names value \(value), which no node makes")
        }
        return shapes[value]
      }
      switch output.kind {
      case .scores(let value):
        let shape = try shape(0, of: value)
        guard shape == Shape(classes) else {
          throw refused(0, "is \(shape.description) where the \(classes) labels need as many numbers")
        }
      case .embedding(let value):
        let shape = try shape(0, of: value)
        guard shape.rank == 1 else { throw refused(0, "is \(shape.description), and must be a vector") }
      case .detection(let detection):
        for (number, level) in detection.levels.enumerated() {
          let (anchors, numbers) = (level.anchors.count, 4 + 2 * detection.keyPoints)
          let scores = try shape(2 * number, of: level.scores)
          guard scores.rank == 3, scores[0] == anchors else {
            throw refused(
              2 * number, "has scores of \(scores.description), and must have a map of \(anchors) channels")
          }
          let boxes = try shape(2 * number + 1, of: level.boxes)
          guard boxes == Shape(anchors * numbers, scores[1], scores[2]) else {
            throw refused(
              2 * number + 1,
              "has boxes of \(boxes.description) where \(anchors * numbers)x\(scores[1])x\(scores[2]) is needed"
            )
          }
        }
      }
    }
  }

  /// Checks the numbers that outputs give together, counting each use of a value.
  func checkOutputElements(
    _ outputs: [ModelOutput], shapes: [Shape], place: UInt64?
  ) throws(FormatError) {
    var total: Int64 = 0
    for output in outputs {
      for value in output.values { total += Int64(shapes[value].count) }
    }
    guard total <= Limits.outputElements else {
      throw FormatError(
        .limit, at: place, "The outputs have more than \(Limits.outputElements) numbers together.")
    }
  }
}

extension GraphFacts {
  /// How many numbers the outputs give together for one image; validation has limited them.
  public func outputElements(_ outputs: [ModelOutput]) -> Int {
    outputs.reduce(0) { sum, output in output.values.reduce(sum) { $0 + shapes[$1].count } }
  }
}
