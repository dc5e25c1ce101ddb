internal import FermFiles
public import FermImage

/// A face as a network sees it, and how much each pixel counts for its answer.
public struct ExplainedFace: Sendable {
  /// The network's input.
  let face: Image
  /// A number from 0 to 1 for each pixel, row by row.
  let map: [Float]
  /// What is said of it: `happy, 94 %`.
  public let answer: String
  /// The same with its own class, where that is known and another.
  let verdict: String
  /// Where it is from.
  let name: String

  /// - Parameters:
  ///   - map: as many numbers as the face has pixels.
  ///   - score: the answer's probability.
  ///   - truth: the class that it has, where that is known.
  public init(face: Image, map: [Float], label: String, score: Float, truth: String? = nil, name: String) {
    precondition(map.count == face.width * face.height, "a number for each pixel")
    (self.face, self.map) = (face, map)
    answer = "\(label.printable), \(AnnotatedFace.percent(score))"
    verdict = truth.map { $0 == label ? "" : "taken for " }.map { [answer] in $0 + answer } ?? answer
    self.name = name.printable
  }

  /// One of the panels.
  enum Panel: CaseIterable {
    case face
    case map
    case mapOverFace

    var title: String {
      switch self {
      case .face: "what the network sees"
      case .map: "what counts for its answer"
      case .mapOverFace: "one over the other"
      }
    }
  }

  /// A panel in RGB, each pixel of the face `zoom` pixels wide and high.
  func pixels(_ panel: Panel, zoom: Int) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * zoom * zoom * map.count)
    for y in 0..<face.height {
      var row: [UInt8] = []
      for x in 0..<face.width {
        let colour = self.colour(panel, y * face.width + x)
        for _ in 0..<zoom { row += [colour.red, colour.green, colour.blue] }
      }
      for _ in 0..<zoom { pixels += row }
    }
    return pixels
  }

  private func colour(_ panel: Panel, _ place: Int) -> Colour {
    let samples = face.pixels[(place * face.channels)..<((place + 1) * face.channels)]
    let own = Colour(
      red: samples[samples.startIndex], green: samples[samples.startIndex + samples.count / 2],
      blue: samples[samples.endIndex - 1])
    guard panel != .face else { return own }
    let heat = ColourScale.colour(map[place])
    guard panel == .mapOverFace else { return heat }
    // The face stays visible where much counts, and dim where little does.
    func mixed(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Int(a) + Int(b) + 1) / 2) }
    return Colour(
      red: mixed(own.red, heat.red), green: mixed(own.green, heat.green), blue: mixed(own.blue, heat.blue))
  }
}
