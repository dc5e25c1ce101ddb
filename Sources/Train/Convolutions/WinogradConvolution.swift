internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A 3x3 convolution at stride 1 by Winograd's algorithm F(m,3): maps to maps, back, and its filters' gradient.
///
/// Where bf16 is multiplied, each pass does so unless fp32, which has larger tiles, is cheaper.
struct WinogradConvolution: TrainingConvolution {
  let shape: WinogradShape
  /// The convolution that carries gradients back.
  let turned: WinogradShape

  /// Nil where the window, the stride, or channels too few for registers ask for another way.
  init?(_ problem: ConvolutionProblem) {
    let padding = problem.shape.padding
    let variants = problem.variants
    guard problem.shape.channels >= 8, problem.shape.outputs >= 8,
      max(padding.top, padding.left, padding.bottom, padding.right) <= 2,
      let shape = Self.cheapest(problem.shape, images: problem.images, variants),
      let turned = Self.cheapest(problem.shape.turned, images: problem.images, variants)
    else { return nil }
    self.init(shape, turned: turned)
  }

  init(_ shape: WinogradShape, turned: WinogradShape) {
    self.shape = shape
    self.turned = turned
  }

  /// - Parameter variants: the kernels to choose from, by what they multiply.
  private static func cheapest(
    _ shape: ConvolutionShape, images: Int, _ variants: [KernelTable]
  ) -> WinogradShape? {
    var best: (shape: WinogradShape, cost: ConvolutionCost)?
    for kernels in variants {
      for m in WinogradShape.sizes {
        guard let shape = WinogradShape(shape, m: m, kernels: kernels), shape.phases == 1,
          let tileCycles = kernels.trainingTileCycles(m: m)
        else { continue }
        let cost = ConvolutionCost(training: shape, tileCycles: tileCycles, images: images)
        if best.map({ cost < $0.cost }) ?? true { best = (shape, cost) }
      }
    }
    return best?.shape
  }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    .map(multiply(x.map, by: weight, bias: bias, x.tape))
  }

  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?
  ) {
    let dy = result.map(gradient)
    addGradient(x.map, dy, weight: weight, bias: bias, x.tape)
    if x.needsGradient { x.accumulate(multiply(dy, by: weight.value, isTurned: true, bias: nil, x.tape)) }
  }

  // MARK: - Forward, and back to the input

  /// - Parameter isTurned: whether `input` is a gradient that is carried back, for which the filters are turned.
  private func multiply(
    _ input: Map, by weight: Tensor, isTurned: Bool = false, bias: Tensor?, _ tape: Tape
  ) -> Map {
    let shape = isTurned ? turned : shape
    let size = shape.convolution.outSize
    let output = tape.map(Shape(input.images, shape.convolution.outputs, size.height, size.width))
    let packed = pack(weight, isTurned: isTurned, tape)
    let biases = tape.zeros(Shape(shape.panels * shape.kernels.columns))
    if let bias { bias.withSpan { from in for i in from.indices { biases[i] = from[i] } } }
    let isShared = shape.sharesLargeFilters(images: input.images)
    let kernels = shape.kernels
    withMemory { memory in
      var task = unsafe shape.task(images: input.images)
      unsafe task.pitch = input.pitch
      unsafe task.out_pitch = output.pitch
      unsafe task.stream = output.isLarge ? 1 : 0
      unsafe task.tile_group = Int32(
        isShared
          ? shape.mostShared(images: input.images)
          : shape.evenGroup(images: input.images, threads: tape.threads))
      // SAFETY: sizes and strides are those of the maps, and scratch is as large as the kernels ask for.
      unsafe task.input = memory.reading(input)
      unsafe task.output = memory.writing(output)
      unsafe task.filters = memory.reading(packed)
      unsafe task.bias = memory.reading(biases)
      unsafe task.scratch_size =
        (ferm_winograd_scratch(kernels.table, &task, isShared ? 1 : 0) + 15) / 16 * 16
      unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
      if isShared {
        unsafe task.shared = memory.writing(tape.tensor(Shape(ferm_winograd_shared(kernels.table, &task))))
        unsafe tape.run(&task, kernels.winograd.make)
        unsafe task.next = 0
        unsafe tape.run(&task, kernels.winograd.use)
      } else {
        unsafe tape.run(&task, kernels.winograd.alone)
      }
    }
    return output
  }

  private func pack(_ weight: Tensor, isTurned: Bool, _ tape: Tape) -> Tensor {
    let shape = isTurned ? turned : shape
    let packed = tape.tensor(Shape(shape.filterUnits))
    withMemory { memory in
      var task = unsafe ferm_filters()
      unsafe task.m = Int32(shape.m)
      unsafe task.outputs = Int32(shape.convolution.outputs)
      unsafe task.channels = Int32(shape.convolution.channels)
      unsafe task.turned = isTurned ? 1 : 0
      unsafe task.panel_group = Int32(shape.panelGroup)
      unsafe task.filters = memory.reading(weight)
      unsafe task.packed = memory.writing(packed)
      unsafe tape.run(&task, shape.kernels.products.filters)
    }
    return packed
  }
}

extension ConvolutionShape {
  /// The convolution at stride 1 that carries gradients back: from the output to the input, by filters that are turned.
  var turned: ConvolutionShape {
    var rest = Padding()
    rest.top = window.height - 1 - padding.top
    rest.left = window.width - 1 - padding.left
    rest.bottom = window.height - 1 - padding.bottom
    rest.right = window.width - 1 - padding.right
    return ConvolutionShape(
      channels: outputs, outputs: channels, size: outSize, window: window, padding: rest)
  }
}
