package import FermFormat

/// The sizes of a convolution over one image, from which what all ways to compute it need follows.
package struct ConvolutionShape: Equatable, Sendable {
  /// Channels of the whole input, and of the whole output.
  package let channels: Int
  package let outputs: Int
  /// Height and width of the input.
  package let size: Extent
  package let window: Extent
  package let stride: Extent
  package let padding: Padding
  package let groups: Int
  /// From one tap of the window to the next.
  package let dilation: Extent

  package init(
    channels: Int, outputs: Int, size: Extent, window: Extent, stride: Extent = Extent(1),
    padding: Padding = Padding(), groups: Int = 1, dilation: Extent = Extent(1)
  ) {
    self.channels = channels
    self.outputs = outputs
    self.size = size
    self.window = window
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.dilation = dilation
  }

  /// The sizes of a graph's convolution; its weights are `[O, C / groups, kH, kW]`, its input `[C, H, W]`.
  init(_ definition: Convolution, weight: Shape, input: Shape) {
    self.init(
      channels: input[0], outputs: weight[0], size: Extent(height: input[1], width: input[2]),
      window: Extent(height: weight[2], width: weight[3]), stride: definition.stride,
      padding: definition.padding, groups: definition.groups, dilation: definition.dilation)
  }

  /// Height and width of the input with its zeros.
  package var padded: Extent {
    Extent(
      height: size.height + padding.top + padding.bottom, width: size.width + padding.left + padding.right)
  }

  /// Whether there are zeros around the input.
  package var isPadded: Bool { padded != size }

  /// Height and width of the output.
  package var outSize: Extent {
    let covered = window.spread(by: dilation)
    return Extent(
      height: (padded.height - covered.height) / stride.height + 1,
      width: (padded.width - covered.width) / stride.width + 1)
  }

  /// Output pixels of one channel.
  package var pixels: Int { outSize.height * outSize.width }
  /// Weights that a filter has for one channel.
  package var taps: Int { window.height * window.width }
  /// Channels of a group's input.
  package var channelsInGroup: Int { channels / groups }
  /// Channels of a group's output.
  package var outputsInGroup: Int { outputs / groups }
  /// Whether each output sees its own input channel alone.
  package var isDepthwise: Bool { groups == channels && outputs == channels }
  /// Inputs that one output sums over.
  package var depth: Int { channelsInGroup * taps }
}

// MARK: - Where inputs lie in a padded copy `[block of channels][y][x][lane]`

extension ConvolutionShape {
  /// Floats of one block of channels.
  package func plane(lanes: Int) -> Int { padded.height * padded.width * lanes }

  /// From a window's first input to the first one that a step of the sum multiplies: steps lie as `[channel / inUnit][y][x]`.
  package func offset(ofStep step: Int, inUnit: Int = 1, lanes: Int) -> Int {
    let (channel, y, x) = (step / taps * inUnit, step % taps / window.width, step % window.width)
    let place = y * dilation.height * padded.width + x * dilation.width
    return channel / lanes * plane(lanes: lanes) + place * lanes + channel % lanes
  }

  /// From a block's first input to the first one of an output pixel's window.
  package func offset(ofPixel pixel: Int, rowLength: Int, lanes: Int) -> Int {
    let (y, x) = (pixel / rowLength, pixel % rowLength)
    return (y * stride.height * padded.width + x * stride.width) * lanes
  }
}
