internal import FermFormat
internal import FermRuntime

extension Saliency {
  /// A map of an image: of the maps at ``place(_:)`` the sum, each weighted by the mean of the class's gradient over it, what is
  /// below 0 cut off; enlarged to the input's size bilinearly.
  func gradCAM(_ pixels: [Float], _ label: Int) throws(TrainError) -> [Float] {
    let place = try self.place(pixels)
    let before = Tape(.evaluation, workers: workers)
    let maps = network.value(place, of: before.input(batch(pixels))).value
    let tape = Self.tape(workers)
    let x = tape.input(maps, needsGradient: true)
    let logits = network.scores(after: place, x)
    tape.backward(from: logits, gradient: Self.one(label, of: logits.shape))
    let (channels, height, width) = (maps.shape[1], maps.shape[2], maps.shape[3])
    let (values, slopes) = (maps.values, x.gradient?.values ?? [])
    var sum = [Float](repeating: 0, count: height * width)
    guard !slopes.isEmpty else { return [Float](repeating: 0, count: input[1] * input[2]) }
    for channel in 0..<channels {
      let plane = (channel * sum.count)..<((channel + 1) * sum.count)
      let weight = slopes[plane].reduce(0, +) / Float(sum.count)
      for (i, place) in plane.enumerated() { sum[i] += weight * values[place] }
    }
    return Self.enlarged(sum.map { max(0, $0) }, height, width, to: input)
  }

  /// The last value of the graph through which all goes that leads to the scores, and which is of maps of at least an eighth of
  /// the input's sides; smaller maps hold no places, and what runs beside others is but a part.
  private func place(_ pixels: [Float]) throws(TrainError) -> Int {
    let tape = Tape(.evaluation, workers: workers)
    let shapes = network.shapes(tape.input(batch(pixels)))
    let place = network.bottlenecks.last { value in
      let shape = shapes[value]
      return shape.dimensions.count == 4 && 8 * shape[2] >= input[1] && 8 * shape[3] >= input[2]
    }
    guard let place else {
      throw .model(
        "grad-cam needs maps through which all of a network goes, of at least an eighth of its input's sides, and this one has none: take gradient or smooth-grad."
      )
    }
    return place
  }

  /// A plane at another size: bilinear, pixels' middles as places, the border's value outside.
  private static func enlarged(_ plane: [Float], _ height: Int, _ width: Int, to input: Shape) -> [Float] {
    func steps(_ count: Int, _ from: Int) -> [(low: Int, high: Int, share: Float)] {
      (0..<count).map { i in
        let place = (Float(i) + 0.5) * Float(from) / Float(count) - 0.5
        let low = max(0, min(from - 1, Int(place.rounded(.down))))
        return (low, min(from - 1, low + 1), max(0, min(1, place - Float(low))))
      }
    }
    let (rows, columns) = (steps(input[1], height), steps(input[2], width))
    var enlarged: [Float] = []
    for row in rows {
      for column in columns {
        func across(_ y: Int) -> Float {
          let (left, right) = (plane[y * width + column.low], plane[y * width + column.high])
          return left + column.share * (right - left)
        }
        let (upper, lower) = (across(row.low), across(row.high))
        enlarged.append(upper + row.share * (lower - upper))
      }
    }
    return enlarged
  }
}
