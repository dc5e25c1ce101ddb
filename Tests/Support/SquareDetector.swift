import FermFormat
import FermRuntime

/// A detector whose weights are set by hand: it takes red squares for faces, and finds each where it is.
///
/// It looks at 32 x 32 pixels through windows of 8 x 8: one that is red for more than three quarters is a face, with its eyes
/// 2 pixels above and beside the middle. So the photo's squares that are 8 pixels in what the network sees give the boxes
/// around them.
public enum SquareDetector {
  /// Pixels of the network's input.
  public static let side = 32
  /// The least and the most of that which a face takes up, as the file states them.
  public static let range = (smallest: 0.25, largest: 0.5)

  /// The model.
  ///
  /// - Parameters:
  ///   - gain: how much the score's logit grows from a window that is not red to one that is.
  ///   - size: the sides of a box, in pixels of the input.
  ///   - isOfOneSize: whether another output, the mean of each colour, keeps it from running on larger inputs.
  public static func model(
    gain: Float = 40, size: Float = 8, isOfOneSize: Bool = false
  ) throws -> Model {
    let window = 64
    // The mean of red less that of green and blue: 1 for red, at most 0 for grey.
    let red = [Float](repeating: gain / Float(window), count: window)
    let other = [Float](repeating: -gain / Float(window), count: window)
    // A window's middle is half a pixel beyond that of its place.
    let numbers: [Float] = [0.5, 0.5, size, size, -1.5, -1.5, 2.5, -1.5]
    let padding = Padding(top: 3, left: 3, bottom: 4, right: 4)
    let scores = Convolution(weight: 2, bias: 3, padding: padding)
    let boxes = Convolution(weight: 0, bias: 1)
    var provenance = Provenance()
    provenance["detection.smallest"] = .real(range.smallest)
    provenance["detection.largest"] = .real(range.largest)
    var model = Model(
      name: "squares",
      preprocessing: Preprocessing(
        colour: .rgb, fit: .pad, resized: Extent(side), cropped: Extent(side),
        scale: [Float](repeating: 1 / 255, count: 3), offset: [0, 0, 0]),
      labels: LabelSet(names: []),
      graph: Graph(nodes: [
        Node(.convolution(scores), inputs: [0]), Node(.convolution(boxes), inputs: [0]),
      ]),
      tensors: [
        try Model.Weight(
          name: "boxes", shape: Shape(numbers.count, 3, 1, 1),
          floats: [Float](repeating: 0, count: numbers.count * 3)),
        try Model.Weight(name: "boxes.bias", shape: Shape(numbers.count), floats: numbers),
        try Model.Weight(name: "scores", shape: Shape(1, 3, 8, 8), floats: red + other + other),
        try Model.Weight(name: "scores.bias", shape: Shape(1), floats: [-0.75 * gain]),
      ], provenance: provenance)
    let level = Detection.Level(scores: 1, boxes: 2, anchors: [.init(width: 1, height: 1)])
    model.outputs = [ModelOutput("faces", .detection(Detection(keyPoints: 2, levels: [level])))]
    if isOfOneSize {
      let mean = AdaptiveAveragePool(size: Extent(1))
      model.graph.nodes.append(Node(.adaptiveAveragePool(mean), inputs: [0]))
      model.graph.nodes.append(Node(.flatten(Flatten()), inputs: [3]))
      model.outputs.append(ModelOutput("mean", .embedding(value: 4)))
    }
    return model
  }

  /// A grey photo with red squares.
  ///
  /// - Returns: rows of R G B.
  public static func photo(
    width: Int, height: Int, squares: [(x: Int, y: Int)], side: Int
  ) -> [UInt8] {
    var pixels = [UInt8](repeating: 90, count: 3 * width * height)
    for square in squares {
      for y in max(0, square.y)..<min(height, square.y + side) {
        for x in max(0, square.x)..<min(width, square.x + side) {
          let place = 3 * (y * width + x)
          (pixels[place], pixels[place + 1], pixels[place + 2]) = (255, 0, 0)
        }
      }
    }
    return pixels
  }
}
