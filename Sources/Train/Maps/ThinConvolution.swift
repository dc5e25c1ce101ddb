internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A convolution of a row-major tensor with few channels, whose gradient nobody wants: a network's first layer.
struct ThinConvolution {
  let kernels: KernelTable
  let windows: Windows
  let outputs: Int

  /// Nil where windows have more than 64 elements.
  init?(_ kernels: KernelTable, _ windows: Windows, outputs: Int) {
    guard windows.depth <= 64 else { return nil }
    self.kernels = kernels
    self.windows = windows
    self.outputs = outputs
  }

  /// Calls `body` with a task that lacks what it computes.
  private func withTask(_ x: Tensor, _ tape: Tape, _ body: (inout ferm_thin) -> Void) {
    let (w, depth) = (windows, windows.depth)
    let padded = Extent(
      height: w.height + w.padding.top + w.padding.bottom, width: w.width + w.padding.left + w.padding.right)
    var offsets: [Int32] = []
    for channel in 0..<w.channels {
      for y in 0..<w.window.height {
        for x in 0..<w.window.width {
          offsets.append(Int32((channel * padded.height + y) * padded.width + x))
        }
      }
    }
    var places: [Int32] = []
    for y in 0..<w.outHeight {
      for x in 0..<w.outWidth {
        places.append(Int32(y * w.stride.height * padded.width + x * w.stride.width))
      }
    }
    var task = ferm_thin()
    task.images = Int32(x.shape[0])
    task.channels = Int32(w.channels)
    task.height = Int32(w.height)
    task.width = Int32(w.width)
    task.pad_top = Int32(w.padding.top)
    task.pad_left = Int32(w.padding.left)
    task.padded_height = Int32(padded.height)
    task.padded_width = Int32(padded.width)
    task.pixels = Int32(w.pixels)
    task.out_blocks = Int32(kernels.blocks(outputs))
    task.panels = Int32(kernels.panels(outputs))
    task.depth = Int32(depth)
    task.x = UnsafePointer(x.data)
    task.scratch_size = (w.channels * padded.height * padded.width + 15) / 16 * 16
    let scratch = tape.tensor(Shape(task.scratch_size * tape.threads))
    task.scratch = scratch.data
    // SAFETY: offsets and places stay within a padded image, and the arrays live as long as the call.
    offsets.withUnsafeBufferPointer { offsets in
      places.withUnsafeBufferPointer { places in
        task.offsets = offsets.baseAddress
        task.pixel_offsets = places.baseAddress
        body(&task)
      }
    }
    withExtendedLifetime(scratch) {}
  }

  func run(_ x: Tensor, weight: Tensor, bias: Tensor?, _ tape: Tape) -> Map {
    let (depth, columns) = (windows.depth, kernels.columns)
    let output = tape.map(Shape(x.shape[0], outputs, windows.outHeight, windows.outWidth))
    let filters = tape.zeros(Shape(kernels.panels(outputs), depth, columns))
    let biases = tape.zeros(Shape(kernels.panels(outputs), columns))
    for o in 0..<outputs {
      let panel = o / columns * depth * columns + o % columns
      for k in 0..<depth { filters.data[panel + k * columns] = weight.data[o * depth + k] }
      if let bias { biases.data[o] = bias.data[o] }
    }
    withTask(x, tape) { task in
      task.filters = UnsafePointer(filters.data)
      task.bias = UnsafePointer(biases.data)
      task.y = output.data
      tape.run(&task, kernels.training.pointee.thin)
    }
    withExtendedLifetime((filters, biases)) {}
    return output
  }

  /// Adds to the gradients of filters and bias.
  func addGradient(_ x: Tensor, _ dy: Map, weight: Parameter, bias: Parameter?, _ tape: Tape) {
    let (images, depth, row) = (x.shape[0], windows.depth, dy.blocks * dy.lanes)
    let sums = tape.tensor(Shape(images, depth + 1, row))
    withTask(x, tape) { task in
      task.dy = UnsafePointer(dy.data)
      task.sums = sums.data
      tape.run(&task, kernels.training.pointee.thin_gradient)
    }
    let (dw, db) = (weight.gradient, bias?.gradient)
    for n in 0..<images {
      for k in 0..<depth {
        let from = sums.data + (n * (depth + 1) + k) * row
        if let dw { for o in 0..<outputs { dw.data[o * depth + k] += from[o] } }
      }
      let from = sums.data + (n * (depth + 1) + depth) * row
      if let db { for o in 0..<outputs { db.data[o] += from[o] } }
    }
  }
}
