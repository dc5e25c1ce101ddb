internal import FermFormat

extension Add: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable { inputs[0] + inputs[1] }
}

extension Multiply: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable { inputs[0] * inputs[1] }
}

extension Variable {
  /// The sum of two values, element by element; dimensions of 1 are repeated, and beside maps vectors count as `[N, F, 1, 1]`.
  public static func + (a: Variable, b: Variable) -> Variable { a.combined(with: b, .add(Add())) }

  /// The product of two values, element by element, with the same rules as the sum.
  public static func * (a: Variable, b: Variable) -> Variable { a.combined(with: b, .multiply(Multiply())) }

  private func combined(with other: Variable, _ operation: Operator) -> Variable {
    let (a, b) = (self, other)
    let multiplies = if case .multiply = operation { true } else { false }
    if multiplies, let kernels = tape.kernels {
      if a.isGated(by: b) { return a.gated(by: b, kernels) }
      if b.isGated(by: a) { return b.gated(by: a, kernels) }
    }
    if let result = combinedMaps(with: other, multiplies: multiplies) { return result }
    let places = Broadcast(shape, other.shape)
    let y = tape.tensor(places.result)
    let (left, right) = (value, other.value)
    left.withSpan { left in
      right.withSpan { right in
        y.writeItems(places.images, tape) { images, y in
          places.forEach(images) { i, l, r in
            // SAFETY: places come from the shapes of the three.
            let (p, q) = unsafe (left[unchecked: l], right[unchecked: r])
            unsafe y[unchecked: i - images.lowerBound * places.each] = multiplies ? p * q : p + q
          }
        }
      }
    }
    return tape.record(y, from: [a, b], needsGradient: false, trace: { _ in operation }) { dy in
      if a.needsGradient { a.accumulate(places.gradient(a, dy, other: multiplies ? b.value : nil)) }
      if b.needsGradient { b.accumulate(places.turned.gradient(b, dy, other: multiplies ? a.value : nil)) }
    }
  }
}

/// Which elements of two values meet in which element of the result.
private struct Broadcast {
  /// The shape of the result, the batch first.
  let result: Shape
  private let sizes: [Int]
  private var left: [Int]
  private var right: [Int]

  var images: Int { sizes[0] }
  /// Elements of the result in an image.
  var each: Int { sizes.dropFirst().reduce(1, *) }
  /// The same places with the two values exchanged.
  var turned: Broadcast {
    var turned = self
    (turned.left, turned.right) = (right, left)
    return turned
  }

  /// - Precondition: the shapes fit (spec 6.5), and the batches are equal.
  init(_ a: Shape, _ b: Shape) {
    let rank = max(a.rank, b.rank)
    func filled(_ shape: Shape) -> [Int] { shape.dimensions + [Int](repeating: 1, count: rank - shape.rank) }
    let (x, y) = (filled(a), filled(b))
    let sizes = zip(x, y).map { max($0, $1) }
    for (i, size) in sizes.enumerated() {
      precondition(
        (x[i] == size || x[i] == 1) && (y[i] == size || y[i] == 1) && (i > 0 || x[i] == y[i]),
        "\(a.description) and \(b.description) fit neither as they are nor repeated")
    }
    result = Shape(sizes)
    self.sizes = sizes
    left = Self.steps(x, in: sizes)
    right = Self.steps(y, in: sizes)
  }

  /// Elements from one index of a dimension to the next; 0 where the dimension is repeated.
  private static func steps(_ shape: [Int], in sizes: [Int]) -> [Int] {
    var steps = [Int](repeating: 0, count: sizes.count)
    var step = 1
    for i in sizes.indices.reversed() {
      steps[i] = shape[i] == 1 && sizes[i] > 1 ? 0 : step
      step *= shape[i]
    }
    return steps
  }

  /// Calls `body` with the place of every element of these images' results and of its two operands.
  @inline(__always)
  func forEach(_ images: Range<Int>, _ body: (_ result: Int, _ left: Int, _ right: Int) -> Void) {
    // Of values with the batch alone, each image is one element.
    let (width, inner) = sizes.count > 1 ? (sizes[sizes.count - 1], sizes.count - 1) : (1, 0)
    let (l, r) = (inner > 0 ? left[inner] : 0, inner > 0 ? right[inner] : 0)
    let rows = inner > 0 ? sizes[1..<inner].reduce(1, *) : 1
    for n in images {
      for row in 0..<rows {
        var (x, y, rest) = (n * left[0], n * right[0], row)
        for i in stride(from: inner - 1, to: 0, by: -1) {
          x += rest % sizes[i] * left[i]
          y += rest % sizes[i] * right[i]
          rest /= sizes[i]
        }
        let first = (n * rows + row) * width
        for i in 0..<width { body(first + i, x + i * l, y + i * r) }
      }
    }
  }

  /// The gradient of the left value from the result's; where the value was repeated a sum, taken image by image in order.
  ///
  /// - Parameter other: what the left value was multiplied by; nil where it was added to something.
  func gradient(_ x: Variable, _ dy: Tensor, other: Tensor?) -> Tensor {
    let dx = x.tape.zeros(x.shape)
    let own = x.shape.count / images
    func add(_ factors: Span<Float>?) {
      dy.withSpan { dy in
        dx.writeItems(images, x.tape) { images, dx in
          forEach(images) { i, l, r in
            // SAFETY: places come from the shapes of the three.
            let given = unsafe dy[unchecked: i]
            let part = if let factors { unsafe given * factors[unchecked: r] } else { given }
            unsafe dx[unchecked: l - images.lowerBound * own] += part
          }
        }
      }
    }
    if let other { other.withSpan { add($0) } } else { add(nil) }
    return dx
  }
}
