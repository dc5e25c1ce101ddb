import FermFormat
import FermTrain
import TestSupport
import Testing

@testable import FermRuntime

/// The windows in which a detector looks at large photos, and its network at their sizes.
@Suite("Windows")
struct WindowTests {
  /// A network of strides 2 and 4 with most of what runs on any size, and nothing that does not.
  private static func strided(_ change: (inout Graph) -> Void = { _ in }) throws -> Model {
    let (side, channels) = (32, 5)
    func weight(_ name: String, _ shape: Shape, _ seed: UInt64) throws -> Model.Weight {
      try Model.Weight(name: name, shape: shape, floats: Support.numbers(shape.count, seed: seed))
    }
    let same = Padding(top: 1, left: 1, bottom: 1, right: 1)
    var stem = Convolution(weight: 2, bias: 3, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
    stem.stride = Extent(2)
    var graph = Graph(nodes: [
      Node(.convolution(stem), inputs: [0]), Node(.relu(ReLU()), inputs: [1]),
      Node(.maxPool(MaxPool(window: Extent(2), stride: Extent(2))), inputs: [2]),
      Node(.convolution(Convolution(weight: 4, bias: nil, padding: same)), inputs: [3]),
      Node(.upsampleBilinear(UpsampleBilinear(scale: Extent(2))), inputs: [4]),
      Node(.add(Add()), inputs: [5, 2]),
      Node(.convolution(Convolution(weight: 1, bias: nil, padding: same)), inputs: [6]),
      Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [6]),
    ])
    change(&graph)
    var model = Model(
      name: "strided",
      preprocessing: Preprocessing(
        colour: .rgb, fit: .pad, resized: Extent(side), cropped: Extent(side),
        scale: [Float](repeating: 1 / 255, count: 3), offset: [0, 0, 0]),
      labels: LabelSet(names: []), graph: graph,
      tensors: [
        try weight("a", Shape(4, channels, 1, 1), 1), try weight("b", Shape(1, channels, 3, 3), 2),
        try weight("c", Shape(channels, 3, 3, 3), 3), try weight("c.bias", Shape(channels), 4),
        try weight("d", Shape(channels, channels, 3, 3), 5),
      ])
    let level = Detection.Level(scores: 7, boxes: 8, anchors: [.init(width: 1, height: 1)])
    model.outputs = [ModelOutput("faces", .detection(Detection(keyPoints: 0, levels: [level])))]
    return model
  }

  @Test("a network gives for a larger input what it gives for a part of it, away from the part's edges")
  func largerInput() throws {
    let plan = try Plan(Self.strided())
    #expect(plan.resizable?.unit == Extent(4))
    let size = Extent(height: 64, width: 96)
    let large = try Plan(plan, input: size)
    #expect(large.outputs[0].shapes.map { $0.dimensions } == [[1, 32, 48], [4, 32, 48]])
    let input = Support.numbers(3 * size.height * size.width, seed: 9)
    let whole = try Session(large, maxBatch: 1, threads: 2).outputs(input)[0]
    let session = try Session(plan, maxBatch: 1, threads: 1)
    for (top, left) in [(0, 0), (4, 60), (32, 36)] {
      let part = (0..<(3 * 32 * 32)).map { i in
        input[(i / 1024 * size.height + top + i / 32 % 32) * size.width + left + i % 32]
      }
      let own = try session.outputs(part)[0]
      for channel in 0..<5 {
        for row in 6..<10 {
          for column in 6..<10 {
            let place = (channel * 32 + top / 2 + row) * 48 + left / 2 + column
            #expect(abs(own[(channel * 16 + row) * 16 + column] - whole[place]) < 1e-3)
          }
        }
      }
    }
  }

  @Test("what looks at the whole of a map keeps a network at one size")
  func oneSize() throws {
    #expect(try Plan(try Self.strided()).resizable != nil)
    let pool = { @Sendable (size: Int) in
      Operator.adaptiveAveragePool(AdaptiveAveragePool(size: Extent(size)))
    }
    let changes: [@Sendable (inout Graph) -> Void] = [
      // A pool by regions of the whole map, and a gate for it.
      { $0.nodes[2] = Node(pool(8), inputs: [2]) },
      {
        $0.nodes[4] = Node(pool(1), inputs: [4])
        $0.nodes[5] = Node(.multiply(Multiply()), inputs: [2, 5])
      },
    ]
    for change in changes { #expect(try Plan(try Self.strided(change)).resizable == nil) }
    let plan = try Plan(try SquareDetector.model(isOfOneSize: true))
    #expect(plan.resizable == nil)
    #expect { try Plan(plan, input: Extent(64)) } throws: { ($0 as? FormatError)?.code == .unsupported }
    #expect(try Plan(try Support.tinyModel().model).resizable == nil)
  }

  @Test("a network of one size finds the same faces in windows of its own size")
  func ownSize() throws {
    let squares = (0..<9).map { (x: 61 * $0 + 3, y: 37 * $0 + 5) }
    let photo = SquareDetector.photo(width: 640, height: 400, squares: squares, side: 45)
    let found = try [false, true].map { isOfOneSize in
      let model = try SquareDetector.model(isOfOneSize: isOfOneSize)
      let detector = try Detector(try Plan(model), threads: 1)
      return try photo.withUnsafeBufferPointer {
        try detector.detect(try #require(PixelImage(pixels: $0, width: 640, height: 400, channels: 3)))
      }
    }
    #expect(found[0].count == squares.count && found[1].count == squares.count)
    for face in found[0] {
      #expect(found[1].contains { $0.box.overlap(with: face.box) > 0.8 })
    }
  }

  @Test(
    "windows show every face of their sizes whole, away from their inner edges",
    arguments: [
      (4000, 3000), (3001, 1999), (640, 481), (320, 240), (129, 700), (65_535, 100), (9000, 9000),
    ])
  func coverage(width: Int, height: Int) throws {
    let plan = try Plan(try SquareDetector.model())
    let sizes = WindowSizes(plan)
    var random = RandomNumbers(seed: 1)
    for scale: Float in [1, 1.04, 2.3, 17] where Float(max(width, height)) > 32 * scale {
      let largest = 16 * scale
      let grid = WindowGrid(
        photo: (width, height), sizes: sizes, scale: scale, overlap: largest * (1 + 2 * ViewArea.inset))
      let unit = grid.input.height % 16 + grid.input.width % 16
      #expect(unit == 0 && grid.input.height * grid.input.width <= sizes.mostPixels)
      var recipe = plan.preprocessing
      (recipe.resized, recipe.cropped) = (grid.input, grid.input)
      let areas = (0..<grid.count).map { window in
        let place = ViewPlace(part: grid.part(window), scale: Float(1 << grid.halvings), recipe: recipe)
        return ViewArea(of: place, photo: (width, height), isWindow: true)
      }
      for _ in 0..<50 {
        let side = min(largest * (0.5 + random.uniform() / 2), Float(min(width, height)))
        let (x, y) = (Float(width) * random.uniform(), Float(height) * random.uniform())
        let box = FaceBox(
          x: max(0, min(x, Float(width) - side)), y: max(0, min(y, Float(height) - side)), width: side,
          height: side)
        #expect(areas.contains { $0.holds(box) }, "\(box) in windows of \(grid.input), scale \(scale)")
      }
    }
  }

  @Test("a search of a large photo shows the network few more pixels than it has")
  func cost() throws {
    let sizes = WindowSizes(try Plan(try SquareDetector.model()))
    let grid = WindowGrid(photo: (4000, 3000), sizes: sizes, scale: 1, overlap: 18)
    let shown = grid.count * grid.input.height * grid.input.width
    #expect(shown < 4000 * 3000 * 12 / 10)
    let one = WindowSizes(try Plan(try SquareDetector.model(isOfOneSize: true)))
    let tiles = WindowGrid(photo: (4000, 3000), sizes: one, scale: 1, overlap: 18)
    #expect(tiles.input == Extent(32) && tiles.count > 40_000)
  }
}
