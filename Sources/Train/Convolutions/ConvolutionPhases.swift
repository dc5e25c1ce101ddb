internal import FermFormat
internal import FermRuntime

/// Where along one axis results lie, and what they are made from.
///
/// Result `j` lies at `first + j * spread`, and tap `number` takes for it what lies at `j * step + shift`.
struct PhaseAxis {
  let count: Int
  let first: Int
  let spread: Int
  let step: Int
  let taps: [(number: Int, shift: Int)]

  /// - Parameter size: of what is read; taps that would take padding alone are left out.
  init(count: Int, first: Int, spread: Int, step: Int, taps: [(number: Int, shift: Int)], size: Int) {
    (self.count, self.first, self.spread, self.step) = (count, first, spread, step)
    self.taps = taps.filter { tap in
      // The first result whose place is inside, if any is.
      let j = tap.shift < 0 ? (step - 1 - tap.shift) / step : 0
      return j < count && j * step + tap.shift < size
    }
  }

  /// The places that are read, which may begin before 0 and end behind `size`.
  func reach(size: Int) -> Range<Int> {
    let shifts = taps.map { $0.shift }
    return min(0, shifts.min() ?? 0)..<max(size, (count - 1) * step + (shifts.max() ?? 0) + 1)
  }
}

/// A convolution along one axis.
private struct ConvolutionAxis {
  let size, out, window, stride, padding, dilation: Int

  init(_ shape: ConvolutionShape, _ side: KeyPath<Extent, Int>, padding: Int) {
    (size, out, window) = (
      shape.size[keyPath: side], shape.outSize[keyPath: side], shape.window[keyPath: side]
    )
    (stride, dilation) = (shape.stride[keyPath: side], shape.dilation[keyPath: side])
    self.padding = padding
  }

  /// All outputs from inputs.
  var forward: [PhaseAxis] {
    [
      PhaseAxis(
        count: out, first: 0, spread: 1, step: stride,
        taps: (0..<window).map { ($0, $0 * dilation - padding) }, size: size)
    ]
  }

  /// The gradients of inputs from those of outputs: output `o` has seen input `o * stride + tap * dilation - padding`, so input
  /// `first + j * stride` takes the taps for which `first + padding - tap * dilation` is a multiple of the stride.
  var back: [PhaseAxis] {
    (0..<min(stride, size)).map { first in
      PhaseAxis(
        count: (size - first + stride - 1) / stride, first: first, spread: stride, step: 1,
        taps: (0..<window).compactMap { tap in
          let place = first + padding - tap * dilation
          return place % stride == 0 ? (tap, place / stride) : nil
        }, size: out)
    }
  }
}

/// A convolution by its definition whose results come in phases, each with its own taps of the window: forward one; back to
/// inputs one for each place within a stride, so that no zeros are multiplied.
struct ConvolutionPhases {
  /// Channels and size of what is read, and of the results.
  let channels: Int
  let size: Extent
  let outputs: Int
  let outSize: Extent
  /// Floats from a filter of one of the results' channels, and of what they are made from, to the next.
  let fromOutput: Int
  let fromChannel: Int
  let phases: [Phase]
  /// Rows and columns of the copy with zeros that is read, and how many of those come first; or the size itself.
  let padded: Extent
  let top: Int
  let left: Int

  /// Results that take the same taps.
  struct Phase {
    let y: PhaseAxis
    let x: PhaseAxis
    /// Taps by their numbers in the window.
    let taps: [(number: Int, y: Int, x: Int)]

    var pixels: Int { y.count * x.count }
  }

  /// - Parameter isBack: from the outputs' gradient to the inputs'.
  init(_ shape: ConvolutionShape, isBack: Bool) {
    let (channels, outputs) = (shape.channels, shape.outputs)
    let down = ConvolutionAxis(shape, \.height, padding: shape.padding.top)
    let across = ConvolutionAxis(shape, \.width, padding: shape.padding.left)
    (self.channels, self.outputs) = isBack ? (outputs, channels) : (channels, outputs)
    (size, outSize) = isBack ? (shape.outSize, shape.size) : (shape.size, shape.outSize)
    (fromOutput, fromChannel) =
      isBack ? (shape.taps, channels * shape.taps) : (channels * shape.taps, shape.taps)
    let columns = isBack ? across.back : across.forward
    phases = (isBack ? down.back : down.forward).flatMap { y in
      columns.map { x in
        Phase(
          y: y, x: x,
          taps: y.taps.flatMap { ty in
            x.taps.map { tx in (ty.number * shape.window.width + tx.number, ty.shift, tx.shift) }
          })
      }
    }
    let used = phases.filter { !$0.taps.isEmpty }
    let (rows, lines) = (
      used.map { [size] in $0.y.reach(size: size.height) },
      used.map { [size] in $0.x.reach(size: size.width) }
    )
    (top, left) = (-(rows.map { $0.lowerBound }.min() ?? 0), -(lines.map { $0.lowerBound }.min() ?? 0))
    padded = Extent(
      height: top + (rows.map { $0.upperBound }.max() ?? size.height),
      width: left + (lines.map { $0.upperBound }.max() ?? size.width))
  }

  var isPadded: Bool { padded != size }
}
