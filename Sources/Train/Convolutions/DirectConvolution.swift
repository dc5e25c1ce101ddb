internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A convolution of maps by its definition: any window, stride, padding and dilation, forward, back to its input, and its filters'
/// gradient, as products whose rows are pixels of some images.
///
/// Where bf16 is multiplied, all passes do so, unless there are fewer channels than pairs of them would fill.
struct DirectConvolution: TrainingConvolution {
  let shape: ConvolutionShape
  let kernels: KernelTable

  /// Nil for groups, for a tensor of few channels, and for images so large that places in them are no 32-bit numbers.
  init?(_ problem: ConvolutionProblem) {
    let shape = problem.shape
    guard let plain = problem.kernels, shape.groups == 1, problem.isMap || shape.channels >= 8 else {
      return nil
    }
    let isWide = min(shape.channels, shape.outputs) >= plain.lanes
    self.init(shape, isWide ? problem.variants.last ?? plain : plain)
    for phases in [forward, back] {
      let read = kernels.blocks(phases.channels) * phases.padded.height * phases.padded.width
      let written = kernels.blocks(phases.outputs) * phases.outSize.height * phases.outSize.width
      guard max(read, written) * kernels.lanes < Int(Int32.max) else { return nil }
    }
  }

  init(_ shape: ConvolutionShape, _ kernels: KernelTable) {
    self.shape = shape
    self.kernels = kernels
  }

  private var forward: ConvolutionPhases { ConvolutionPhases(shape, isBack: false) }
  private var back: ConvolutionPhases { ConvolutionPhases(shape, isBack: true) }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    .map(forward.run(x.map, weight: weight, bias: bias, kernels, x.tape))
  }

  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?
  ) {
    let dy = result.map(gradient)
    addGradient(x.map, dy, weight: weight, bias: bias, x.tape)
    if x.needsGradient { x.accumulate(back.run(dy, weight: weight.value, bias: nil, kernels, x.tape)) }
  }
}

extension ConvolutionPhases {
  /// Rows of a product that hide the time in which weights come from the caches.
  private static let usualRows = 96

  /// Images whose pixels are the rows of one product: enough rows, and as much work for each thread.
  private func together(_ images: Int, threads: Int, farthest: Int) -> Int {
    let pixels = phases.reduce(1) { max($0, $1.pixels) }
    let pieces = max(2 * threads, (images * pixels + Self.usualRows - 1) / Self.usualRows)
    let even = (pieces + threads - 1) / threads * threads
    return max(1, min((images + even - 1) / even, Int(Int32.max) / max(farthest, 1)))
  }

  /// The results of `input` `[N, C, H, W]`, `[N, O, H', W']`.
  func run(_ input: Map, weight: Tensor, bias: Tensor?, _ kernels: KernelTable, _ tape: Tape) -> Map {
    let output = tape.map(Shape(input.images, outputs, outSize.height, outSize.width))
    let copy = isPadded || kernels.isNarrow ? input.blocks * plane(kernels) : 0
    let pitch = copy > 0 ? copy : input.pitch
    let together = together(input.images, threads: tape.threads, farthest: max(pitch, output.pitch))
    let panels = kernels.panels(outputs)
    withMemory { memory in
      var task = unsafe ferm_phases()
      unsafe task.map = self.task(input, output, kernels)
      unsafe task.map.together = Int32(together)
      unsafe task.block_pitch = output.pixels * output.lanes
      unsafe task.stream = output.isLarge ? 1 : 0
      unsafe task.filters.outputs = Int32(outputs)
      unsafe task.filters.channels = Int32(channels)
      unsafe task.filters.from_output = fromOutput
      unsafe task.filters.from_channel = fromChannel
      // SAFETY: sizes and places are those of the maps, of the copies in scratch, and of the weights.
      unsafe task.filters.weights = memory.reading(weight)
      unsafe task.map.input = memory.reading(input)
      unsafe task.map.output = memory.writing(output)
      unsafe task.map.scratch_size = (together * copy + 15) / 16 * 16
      unsafe task.map.scratch = memory.writing(
        tape.tensor(Shape(max(1, task.map.scratch_size * tape.threads))))
      if let bias {
        let biases = tape.zeros(Shape(panels * kernels.columns))
        bias.withSpan { from in for i in from.indices { biases[i] = from[i] } }
        unsafe task.map.bias = memory.reading(biases)
      }
      let size = unsafe (MemoryLayout<ferm_phase>.stride + 3) / 4
      let tasks = unsafe memory.writing(
        Tensor(unfilled: Shape(phases.count * size)), as: ferm_phase.self)
      for (i, phase) in phases.enumerated() {
        var next = unsafe self.task(phase, images: together, pitch: pitch, output, kernels, memory)
        unsafe next.filters = memory.writing(
          tape.tensor(Shape(max(1, panels * Int(next.depth) * kernels.columns))))
        unsafe tasks[i] = next
      }
      unsafe task.phases = UnsafePointer(tasks)
      unsafe task.count = Int32(phases.count)
      unsafe tape.run(&task, kernels.products.phase_filters)
      unsafe task.next = 0
      unsafe tape.run(&task, kernels.products.phases)
    }
    return output
  }

  /// Units from one block of what is read to the next.
  private func plane(_ kernels: KernelTable) -> Int {
    padded.height * padded.width * kernels.lanes / kernels.inUnit
  }

  /// What is read and written, but for where that lies.
  private func task(_ input: Map, _ output: Map, _ kernels: KernelTable) -> ferm_direct {
    var task = unsafe ferm_direct()
    unsafe task.images = Int32(input.images)
    unsafe task.height = Int32(size.height)
    unsafe task.width = Int32(size.width)
    unsafe task.pad_top = Int32(top)
    unsafe task.pad_left = Int32(left)
    unsafe task.padded_height = Int32(padded.height)
    unsafe task.padded_width = Int32(padded.width)
    unsafe task.lanes = Int32(kernels.lanes)
    unsafe task.blocks = Int32(input.blocks)
    unsafe task.out_blocks = Int32(output.blocks)
    unsafe task.panels = Int32(kernels.panels(outputs))
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    return unsafe task
  }

  /// One phase, but for its filters.
  ///
  /// - Parameter pitch: units from one image that is read to the next.
  private func task(
    _ phase: Phase, images: Int, pitch: Int, _ output: Map, _ kernels: KernelTable, _ memory: TensorMemory
  ) -> ferm_phase {
    let (lanes, inUnit) = (kernels.lanes, kernels.inUnit)
    var (offsets, pixels, places) = ([Int32](), [Int32](), [Int32]())
    for channel in stride(from: 0, to: channels, by: inUnit) {
      let block = channel / lanes * plane(kernels) + channel % lanes / inUnit
      for tap in phase.taps {
        // From a pixel's place, which is that of its tap without a shift.
        offsets.append(Int32(block + (tap.y * padded.width + tap.x) * (lanes / inUnit)))
      }
    }
    for image in 0..<images {
      for j in 0..<phase.y.count {
        for i in 0..<phase.x.count {
          let from = (top + j * phase.y.step) * padded.width + left + i * phase.x.step
          let to = (phase.y.first + j * phase.y.spread) * outSize.width + phase.x.first + i * phase.x.spread
          pixels.append(Int32(image * pitch + from * (lanes / inUnit)))
          places.append(Int32(image * output.pitch + to * lanes))
        }
      }
    }
    var task = unsafe ferm_phase()
    unsafe task.pixels = Int32(phase.pixels)
    unsafe task.taps = Int32(phase.taps.count)
    unsafe task.tap_numbers = memory.reading(phase.taps.map { Int32($0.number) })
    unsafe task.depth = Int32(offsets.count)
    unsafe task.offsets = memory.reading(offsets)
    unsafe task.pixel_offsets = memory.reading(pixels)
    unsafe task.out_offsets = memory.reading(places)
    return unsafe task
  }
}
