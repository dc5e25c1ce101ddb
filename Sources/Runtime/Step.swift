internal import FermFormat

/// One action of a plan. A faster algorithm for an operator is one more case with a file of its own in `Steps/`.
enum Step: Sendable {
  case convolution(ConvolutionStep)
  case maxPool(MaxPoolStep)
  case averagePool(AveragePoolStep)
  case relu(ReLUStep)
  case affine(AffineStep)
  case flatten(FlattenStep)

  /// What a step reads and writes.
  var places: (input: Place, output: Place) {
    get {
      switch self {
      case .convolution(let step): (step.input, step.output)
      case .maxPool(let step): (step.input, step.output)
      case .averagePool(let step): (step.input, step.output)
      case .relu(let step): (step.input, step.output)
      case .affine(let step): (step.input, step.output)
      case .flatten(let step): (step.input, step.output)
      }
    }
    set {
      switch self {
      case .convolution(var step):
        (step.input, step.output) = newValue
        self = .convolution(step)
      case .maxPool(var step):
        (step.input, step.output) = newValue
        self = .maxPool(step)
      case .averagePool(var step):
        (step.input, step.output) = newValue
        self = .averagePool(step)
      case .relu(var step):
        (step.input, step.output) = newValue
        self = .relu(step)
      case .affine(var step):
        (step.input, step.output) = newValue
        self = .affine(step)
      case .flatten(var step):
        (step.input, step.output) = newValue
        self = .flatten(step)
      }
    }
  }

  /// Runs the step for `images` images.
  func run(images: Int, in arena: Arena) {
    switch self {
    case .convolution(let step): step.run(images: images, in: arena)
    case .maxPool(let step): step.run(images: images, in: arena)
    case .averagePool(let step): step.run(images: images, in: arena)
    case .relu(let step): step.run(images: images, in: arena)
    case .affine(let step): step.run(images: images, in: arena)
    case .flatten(let step): step.run(images: images, in: arena)
    }
  }
}
