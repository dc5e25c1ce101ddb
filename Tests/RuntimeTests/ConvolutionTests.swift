import FermFormat
import FermRuntime
import FermTrain
import TestSupport
import Testing

/// One convolution at a time, fed by a 1x1 convolution and read by a fully connected layer that weighs every pixel.
@Suite("Convolutions of odd shapes")
struct ConvolutionTests {
  struct Shapes: Sendable, CustomTestStringConvertible {
    var channels = 1, outputs = 1, side = 5, window = 3, stride = 1, pad = 1, groups = 1, dilation = 1
    var pool = false
    var testDescription: String {
      "\(channels)->\(outputs) @\(side), window \(window), stride \(stride), pad \(pad), groups \(groups), dilation \(dilation), pool \(pool)"
    }
    /// Rows and columns that a window covers.
    var covered: Int { (window - 1) * dilation + 1 }
  }

  static let cases = [
    Shapes(channels: 3, outputs: 5, side: 7), Shapes(channels: 17, outputs: 33, side: 20, pool: true),
    Shapes(channels: 9, outputs: 20, side: 11, pool: true),
    Shapes(channels: 16, outputs: 70, side: 10, pool: true),
    Shapes(channels: 8, outputs: 8, side: 40, pool: true),
    Shapes(channels: 5, outputs: 4, side: 50, pool: true),
    Shapes(channels: 12, outputs: 18, side: 13, pad: 0), Shapes(channels: 6, outputs: 10, side: 9, stride: 2),
    Shapes(channels: 4, outputs: 6, side: 9, window: 5, pad: 2, pool: true),
    Shapes(channels: 24, outputs: 24, side: 8, groups: 24),
    Shapes(channels: 24, outputs: 36, side: 8, groups: 3),
    Shapes(channels: 40, outputs: 20, side: 6, groups: 2, pool: true),
    Shapes(channels: 30, outputs: 7, side: 1, window: 1, pad: 0),
    Shapes(channels: 17, outputs: 33, side: 12, pad: 2, dilation: 2, pool: true),
    Shapes(channels: 6, outputs: 10, side: 14, stride: 2, pad: 3, dilation: 3),
    Shapes(channels: 24, outputs: 24, side: 11, pad: 0, groups: 24, dilation: 4),
    Shapes(channels: 40, outputs: 20, side: 9, window: 2, stride: 3, pad: 1, groups: 2, dilation: 5),
    Shapes(channels: 20, outputs: 18, side: 7, pad: 32, dilation: 32),
    // Depthwise: whole rows of windows, edges alone, odd strides and windows, a window beyond the map.
    Shapes(channels: 40, outputs: 40, side: 21, groups: 40),
    Shapes(channels: 16, outputs: 16, side: 20, stride: 2, groups: 16),
    Shapes(channels: 33, outputs: 33, side: 24, window: 5, pad: 2, groups: 33),
    Shapes(channels: 20, outputs: 20, side: 23, window: 5, stride: 2, pad: 2, groups: 20),
    Shapes(channels: 17, outputs: 17, side: 13, window: 7, stride: 3, pad: 3, groups: 17),
    Shapes(channels: 18, outputs: 18, side: 12, pad: 0, groups: 18),
    Shapes(channels: 7, outputs: 7, side: 5, window: 5, pad: 0, groups: 7),
    Shapes(channels: 5, outputs: 5, side: 9, window: 2, stride: 3, pad: 1, groups: 5),
    Shapes(channels: 24, outputs: 24, side: 3, window: 5, pad: 2, groups: 24),
    Shapes(channels: 12, outputs: 12, side: 2, stride: 2, groups: 12),
    Shapes(channels: 9, outputs: 9, side: 4, window: 3, pad: 5, groups: 9),
    Shapes(channels: 19, outputs: 19, side: 12, window: 3, stride: 2, pad: 4, groups: 19, dilation: 3),
    Shapes(channels: 10, outputs: 10, side: 8, groups: 10, pool: true),
    // Winograd's phases of a stride of 2, at even and odd edges, and tiles of six.
    Shapes(channels: 33, outputs: 70, side: 24, stride: 2),
    Shapes(channels: 40, outputs: 64, side: 13, stride: 2),
    Shapes(channels: 34, outputs: 65, side: 18, stride: 2, pad: 0),
    Shapes(channels: 48, outputs: 40, side: 15, stride: 2, pad: 2),
    Shapes(channels: 33, outputs: 70, side: 24), Shapes(channels: 64, outputs: 64, side: 12),
    Shapes(channels: 40, outputs: 33, side: 14, pad: 0),
    // Small maps, of which several images are taken together.
    Shapes(channels: 40, outputs: 70, side: 3, window: 1, pad: 0),
    Shapes(channels: 33, outputs: 20, side: 4, stride: 2),
    Shapes(channels: 24, outputs: 40, side: 3, stride: 2, groups: 4),
  ]

  @Test(
    "each agrees with its definition, whatever the instructions and the session's largest batch",
    arguments: cases,
    InstructionSet.allCases.filter { $0.isAvailable })
  func agreement(shapes: Shapes, instructions: InstructionSet) throws {
    let images = 5
    let (model, weights, spread) = try network(shapes)
    let x = Support.numbers(images * shapes.side * shapes.side, seed: 4)
    let plan = try Plan(model, instructions: instructions)
    let expected = (0..<images).flatMap { image in
      definition(
        shapes, weights: weights, spread: spread,
        x: Array(x[(image * shapes.side * shapes.side)..<((image + 1) * shapes.side * shapes.side)]))
    }
    let largest = expected.reduce(1e-9) { max($0, abs($1)) }
    for maxBatch in [1, 5, 64] {
      let got = try Session(plan, maxBatch: maxBatch, threads: 2).logits(x)
      #expect(got.count == expected.count)
      #expect(zip(got, expected).allSatisfy { abs($0.0 - $0.1) < 2e-5 * largest })
    }
  }

  @Test(
    "narrow products are near, the same bits by the instructions as by plain C, for any number of threads and place in a batch",
    arguments: cases)
  func narrow(shapes: Shapes) throws {
    let images = 5
    let size = shapes.side * shapes.side
    let model = try network(shapes).model
    let x = Support.numbers(images * size, seed: 4)
    let plan = try Plan(model, instructions: .emulated)
    for maxBatch in [1, 5, 64] {
      let exact = try Session(plan, maxBatch: maxBatch, threads: 2).logits(x)
      let session = try Session(plan, maxBatch: maxBatch, threads: 2, precision: .fast)
      #expect(session.precision == .fast)
      let fast = try session.logits(x)
      let largest = exact.reduce(1e-9) { max($0, abs($1)) }
      #expect(zip(fast, exact).allSatisfy { abs($0.0 - $0.1) < 0.02 * largest })
      #expect(try Session(plan, maxBatch: maxBatch, threads: 1, precision: .fast).logits(x) == fast)
      let classes = fast.count / images
      let last = try session.logits(Array(x[(4 * size)...]))
      #expect(last == Array(fast[(4 * classes)...]))
      if InstructionSet.avx512.isAvailable {
        let real = try Session(
          try Plan(model, instructions: .avx512), maxBatch: maxBatch, threads: 2, precision: .fast)
        if real.precision == .fast { #expect(try real.logits(x) == fast) }
      }
    }
  }

  private func outputSide(_ s: Shapes) -> Int {
    let side = (s.side + 2 * s.pad - s.covered) / s.stride + 1
    return s.pool ? side / 2 : side
  }

  /// conv 1x1 (one channel to all) -> the convolution -> ReLU -> pooling -> sums over the map by channel.
  private func network(_ s: Shapes) throws -> (model: Model, weights: [Float], spread: [Float]) {
    let depth = s.channels / s.groups * s.window * s.window
    let weights = Support.numbers(s.outputs * depth, seed: 1).map { $0 / Float(depth).squareRoot() }
    let spread = Support.numbers(s.channels, seed: 2)
    let side = outputSide(s)
    var summing = [Float](repeating: 0, count: s.outputs * s.outputs * side * side)
    for output in 0..<s.outputs {
      for pixel in 0..<(side * side) {
        // No two pixels weigh the same, so that none can stand in another's place.
        summing[(output * s.outputs + output) * side * side + pixel] = 1 + 0.01 * Float(pixel % 37)
      }
    }
    var nodes = [
      Node(
        .convolution(Convolution(weight: 0, bias: nil, stride: Extent(1), padding: Padding())), inputs: [0]),
      Node(
        .convolution(
          Convolution(
            weight: 1, bias: nil, stride: Extent(s.stride), padding: Padding(s.pad), groups: s.groups,
            dilation: Extent(s.dilation))),
        inputs: [1]), Node(.relu(ReLU()), inputs: [2]),
    ]
    if s.pool { nodes.append(Node(.maxPool(MaxPool(window: Extent(2), stride: Extent(2))), inputs: [3])) }
    nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count]))
    nodes.append(Node(.linear(Linear(weight: 2, bias: nil)), inputs: [nodes.count]))
    let model = Model(
      name: "odd",
      preprocessing: Preprocessing(resized: Extent(s.side), cropped: Extent(s.side), scale: [1], offset: [0]),
      labels: LabelSet(names: (0..<s.outputs).map { "label \($0)" }), graph: Graph(nodes: nodes),
      tensors: [
        try Model.Weight(name: "a", shape: Shape(s.channels, 1, 1, 1), floats: spread),
        try Model.Weight(
          name: "b", shape: Shape(s.outputs, s.channels / s.groups, s.window, s.window), floats: weights),
        try Model.Weight(name: "c", shape: Shape(s.outputs, s.outputs * side * side), floats: summing),
      ])
    return (model, weights, spread)
  }

  private func definition(_ s: Shapes, weights: [Float], spread: [Float], x: [Float]) -> [Float] {
    let full = (s.side + 2 * s.pad - s.covered) / s.stride + 1
    let side = outputSide(s)
    let inGroup = s.channels / s.groups
    var result: [Float] = []
    for output in 0..<s.outputs {
      let firstChannel = output / (s.outputs / s.groups) * inGroup
      var map = [Double](repeating: 0, count: full * full)
      for y in 0..<full {
        for c in 0..<full {
          var sum = 0.0
          for ky in 0..<s.window {
            for kx in 0..<s.window {
              let row = y * s.stride + ky * s.dilation - s.pad
              let column = c * s.stride + kx * s.dilation - s.pad
              guard (0..<s.side).contains(row), (0..<s.side).contains(column) else { continue }
              for channel in 0..<inGroup {
                let weight = weights[((output * inGroup + channel) * s.window + ky) * s.window + kx]
                sum += Double(weight) * Double(spread[firstChannel + channel] * x[row * s.side + column])
              }
            }
          }
          map[y * full + c] = max(0, sum)
        }
      }
      var total = 0.0
      for y in 0..<side {
        for c in 0..<side {
          let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
            map[(2 * y + $0.0) % full * full + (2 * c + $0.1) % full]
          }
          let value = s.pool ? window.max() ?? 0 : map[y * full + c]
          total += value * Double(1 + 0.01 * Float((y * side + c) % 37))
        }
      }
      result.append(Float(total))
    }
    return result
  }
}
