import FermFormat
import FermRuntime
import TestSupport
import Testing

/// Concatenation, padding and upsampling against plain loops.
@Suite("Operators that place")
struct PlacingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let input: Shape
    /// Makes the network of an image, whose last value is a vector.
    let make: @Sendable (inout Sketch) throws -> Void
    var testDescription: String { name }
  }

  /// Channels that fill blocks, begin within them and reach over several, for registers of 4, 8 and 16 floats.
  static let channels = [
    [16, 16], [4, 4, 8], [1, 2], [3, 5, 1, 1, 7], [17, 15], [5, 32, 3], [1, 1, 1, 1, 1, 1, 1, 1],
    [15, 1, 16],
    [2, 33],
  ]

  static let cases: [Case] =
    channels.map { channels in
      Case(name: "concatenate maps of \(channels) channels", input: Shape(3, 2, 3)) { sketch in
        var parts: [Int] = []
        for count in channels { parts.append(try sketch.mix(count, of: 0)) }
        sketch.concatenate(parts)
      }
    } + [
      Case(name: "concatenate vectors", input: Shape(1, 6, 7)) { sketch in
        let vector = sketch.flatten(0)
        sketch.concatenate([
          vector, try sketch.weigh(19, of: vector), vector, try sketch.weigh(64, of: vector),
        ])
      },
      Case(name: "concatenate the input with itself", input: Shape(3, 3, 2)) { sketch in
        sketch.concatenate([0, 0, 0])
      },
      Case(name: "pad channels to a whole block", input: Shape(3, 2, 3)) { sketch in
        sketch.pad(try sketch.mix(28, of: 0), Pad(back: 4))
      },
      Case(name: "pad channels before and behind", input: Shape(3, 2, 3)) { sketch in
        sketch.pad(try sketch.mix(18, of: 0), Pad(front: 7, back: 9))
      },
      Case(name: "pad all sides", input: Shape(3, 2, 3)) { sketch in
        sketch.pad(0, Pad(front: 1, back: 2, padding: Padding(top: 2, left: 1, bottom: 3, right: 0)))
      },
      Case(name: "pad nothing", input: Shape(3, 2, 3)) { sketch in sketch.pad(0, Pad()) },
      Case(name: "pad rows and columns of whole blocks", input: Shape(3, 2, 3)) { sketch in
        sketch.pad(try sketch.mix(16, of: 0), Pad(padding: Padding(top: 0, left: 1, bottom: 1, right: 0)))
      },
      Case(name: "upsample by repeating", input: Shape(3, 2, 3)) { sketch in
        sketch.enlarge(try sketch.mix(5, of: 0), UpsampleNearest(scale: Extent(height: 2, width: 3)))
      },
      Case(name: "upsample by blending", input: Shape(3, 2, 3)) { sketch in
        sketch.enlarge(try sketch.mix(5, of: 0), UpsampleBilinear(scale: Extent(height: 2, width: 3)))
      },
      Case(name: "upsample a pixel by blending", input: Shape(3, 1, 1)) { sketch in
        sketch.enlarge(0, UpsampleBilinear(scale: Extent(height: 7, width: 11)))
      },
      Case(name: "upsample a row by the largest factor", input: Shape(1, 1, 3)) { sketch in
        sketch.enlarge(0, UpsampleBilinear(scale: Extent(height: 1, width: 64)))
      },
      Case(name: "upsample columns by repeating", input: Shape(1, 3, 1)) { sketch in
        sketch.enlarge(0, UpsampleNearest(scale: Extent(height: 64, width: 1)))
      },
      Case(name: "all of them in a row", input: Shape(3, 2, 2)) { sketch in
        let large = sketch.enlarge(0, UpsampleNearest(scale: Extent(height: 1, width: 2)))
        let smooth = sketch.enlarge(0, UpsampleBilinear(scale: Extent(height: 1, width: 2)))
        let joined = sketch.concatenate([large, smooth, large])
        sketch.pad(joined, Pad(front: 3, padding: Padding(top: 1, left: 0, bottom: 0, right: 1)))
      },
    ]

  @Test(
    "give what plain loops give, for any number of images and threads", arguments: cases,
    InstructionSet.allCases.filter { $0.isAvailable })
  func agreement(test: Case, instructions: InstructionSet) throws {
    let images = 5
    let input = Support.numbers(images * test.input.count, seed: 4)
    var expected: [Float] = []
    var model: Model?
    for image in 0..<images {
      var sketch = Sketch(
        Plain(test.input, Array(input[(image * test.input.count)..<((image + 1) * test.input.count)])))
      try test.make(&sketch)
      sketch.finish()
      expected += sketch.values[sketch.values.count - 1].numbers
      model = sketch.model(test.input)
    }
    let plan = try Plan(try #require(model), instructions: instructions)
    var results: [[Float]] = []
    for (batch, threads) in [(1, 1), (2, 2), (8, 3)] {
      results.append(try Session(plan, maxBatch: batch, threads: threads).logits(input))
    }
    for result in results {
      #expect(result.count == expected.count)
      #expect(zip(result, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(result == results[0])
    }
  }

  @Test("give the same bits with every instruction set where nothing is multiplied in between")
  func bits() throws {
    let test = try #require(Self.cases.last)
    let input = Support.numbers(test.input.count, seed: 4)
    var sketch = Sketch(Plain(test.input, input))
    try test.make(&sketch)
    sketch.finish()
    let model = sketch.model(test.input)
    var all: [[Float]] = []
    for set in InstructionSet.allCases where set.isAvailable {
      all.append(try Session(try Plan(model, instructions: set), maxBatch: 1, threads: 1).logits(input))
    }
    #expect(all.count > 1 && all.allSatisfy { $0 == all[0] })
  }
}

/// A value as plain loops have it, channel by channel and row by row.
struct Plain {
  let shape: Shape
  let numbers: [Float]

  init(_ shape: Shape, _ numbers: [Float]) { (self.shape, self.numbers) = (shape, numbers) }

  /// A map by what each of its elements is.
  init(_ channels: Int, _ height: Int, _ width: Int, _ element: (_ c: Int, _ y: Int, _ x: Int) -> Float) {
    shape = Shape(channels, height, width)
    numbers = (0..<shape.count).map { element($0 / (height * width), $0 / width % height, $0 % width) }
  }

  subscript(c: Int, y: Int, x: Int) -> Float { numbers[(c * shape[1] + y) * shape[2] + x] }
}

/// A network, and beside it what it makes of one image.
struct Sketch {
  private var nodes: [Node] = []
  private var tensors: [Model.Weight] = []
  private(set) var values: [Plain]

  init(_ input: Plain) { values = [input] }

  private mutating func add(_ operation: Operator, _ inputs: [Int], _ value: Plain) -> Int {
    nodes.append(Node(operation, inputs: inputs))
    values.append(value)
    return nodes.count
  }

  private mutating func weight(_ shape: Shape) throws -> (index: Int, numbers: [Float]) {
    let numbers = Support.numbers(shape.count, seed: UInt64(50 + tensors.count))
    tensors.append(try Model.Weight(name: "w\(tensors.count)", shape: shape, floats: numbers))
    return (tensors.count - 1, numbers)
  }

  /// A 1x1 convolution to so many channels.
  mutating func mix(_ channels: Int, of value: Int) throws -> Int {
    let x = values[value]
    let depth = x.shape[0]
    let (index, w) = try weight(Shape(channels, depth, 1, 1))
    let y = Plain(channels, x.shape[1], x.shape[2]) { o, y, column in
      (0..<depth).reduce(0) { $0 + w[o * depth + $1] * x[$1, y, column] }
    }
    return add(.convolution(Convolution(weight: index, bias: nil)), [value], y)
  }

  /// A fully connected layer.
  mutating func weigh(_ outputs: Int, of value: Int) throws -> Int {
    let x = values[value].numbers
    let (index, w) = try weight(Shape(outputs, x.count))
    let y = (0..<outputs).map { o in x.indices.reduce(Float(0)) { $0 + w[o * x.count + $1] * x[$1] } }
    return add(.linear(Linear(weight: index, bias: nil)), [value], Plain(Shape(outputs), y))
  }

  mutating func flatten(_ value: Int) -> Int {
    add(.flatten(Flatten()), [value], Plain(Shape(values[value].shape.count), values[value].numbers))
  }

  @discardableResult
  mutating func concatenate(_ inputs: [Int]) -> Int {
    let parts = inputs.map { values[$0] }
    let channels = parts.reduce(0) { $0 + $1.shape[0] }
    let shape = Shape([channels] + parts[0].shape.dimensions.dropFirst())
    return add(.concatenate(Concatenate()), inputs, Plain(shape, parts.flatMap { $0.numbers }))
  }

  @discardableResult
  mutating func pad(_ value: Int, _ pad: Pad) -> Int {
    let (x, around) = (values[value], pad.padding)
    let y = Plain(
      pad.front + x.shape[0] + pad.back, around.top + x.shape[1] + around.bottom,
      around.left + x.shape[2] + around.right
    ) { c, row, column in
      let place = (c - pad.front, row - around.top, column - around.left)
      let isInside =
        (0..<x.shape[0]).contains(place.0) && (0..<x.shape[1]).contains(place.1)
        && (0..<x.shape[2]).contains(place.2)
      return isInside ? x[place.0, place.1, place.2] : 0
    }
    return add(.pad(pad), [value], y)
  }

  @discardableResult
  mutating func enlarge(_ value: Int, _ upsampling: UpsampleNearest) -> Int {
    let (x, scale) = (values[value], upsampling.scale)
    let y = Plain(x.shape[0], x.shape[1] * scale.height, x.shape[2] * scale.width) {
      x[$0, $1 / scale.height, $2 / scale.width]
    }
    return add(.upsampleNearest(upsampling), [value], y)
  }

  @discardableResult
  mutating func enlarge(_ value: Int, _ upsampling: UpsampleBilinear) -> Int {
    let (x, scale) = (values[value], upsampling.scale)
    // By the words of the specification, in double precision.
    func place(_ i: Int, _ scale: Int, _ count: Int) -> (Int, Int, Double) {
      let s = max((Double(i) + 0.5) / Double(scale) - 0.5, 0)
      let a = Int(s.rounded(.down))
      return (a, min(a + 1, count - 1), s - Double(a))
    }
    let y = Plain(x.shape[0], x.shape[1] * scale.height, x.shape[2] * scale.width) { c, row, column in
      let (a, b, t) = place(row, scale.height, x.shape[1])
      let (l, r, u) = place(column, scale.width, x.shape[2])
      let above = (1 - u) * Double(x[c, a, l]) + u * Double(x[c, a, r])
      let below = (1 - u) * Double(x[c, b, l]) + u * Double(x[c, b, r])
      return Float((1 - t) * above + t * below)
    }
    return add(.upsampleBilinear(upsampling), [value], y)
  }

  /// Makes a vector of the last value.
  mutating func finish() {
    if values[values.count - 1].shape.rank == 3 { _ = flatten(values.count - 1) }
  }

  func model(_ input: Shape) -> Model {
    Model(
      name: "sketch",
      preprocessing: Preprocessing(
        colour: .grey, resized: Extent(height: input[1], width: input[2]),
        cropped: Extent(height: input[1], width: input[2]), scale: [Float](repeating: 1, count: input[0]),
        offset: [Float](repeating: 0, count: input[0])),
      labels: LabelSet(names: (0..<values[values.count - 1].shape.count).map { "\($0)" }),
      graph: Graph(nodes: nodes), tensors: tensors)
  }
}
