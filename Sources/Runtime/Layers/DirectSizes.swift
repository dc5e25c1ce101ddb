internal import FermFormat

/// The sizes that a convolution by its definition works with.
struct DirectSizes {
  /// Channels of the input that lie side by side, and how often.
  let lanes: Int
  let blocks: Int
  /// Height and width of the input with its zeros.
  let padded: Extent
  /// Floats of one block of it.
  let plane: Int
  /// Input channels that a panel of outputs sees.
  let taken: Int
  /// Where those of each panel begin; empty without groups.
  let first: [Int]
  /// Floats of the copy with zeros around it; 0 where none is made.
  let copy: Int

  init(_ layer: FusedConvolution, input: Place, _ kernels: KernelTable) {
    let padding = layer.padding
    lanes = input.isPlanar ? 1 : kernels.lanes
    blocks = (layer.channels + lanes - 1) / lanes
    padded = Extent(
      height: input.shape[1] + padding.top + padding.bottom,
      width: input.shape[2] + padding.left + padding.right)
    plane = padded.height * padded.width * lanes
    copy = padded.height == input.shape[1] && padded.width == input.shape[2] ? 0 : blocks * plane
    guard layer.groups > 1 else {
      (taken, first) = (layer.channels, [])
      return
    }
    // With groups, from the first channel of a panel's first group on.
    let perGroup = (outputs: layer.outputs / layer.groups, channels: layer.channels / layer.groups)
    var (reach, starts) = (0, [Int]())
    for panel in 0..<kernels.panels(layer.outputs) {
      let last = min(layer.outputs, (panel + 1) * kernels.columns) - 1
      let start = panel * kernels.columns / perGroup.outputs * perGroup.channels / lanes * lanes
      reach = max(reach, (last / perGroup.outputs + 1) * perGroup.channels - start)
      starts.append(start)
    }
    // Every panel takes as many channels; where the last ones reach less far, they begin earlier.
    let most = min((reach + lanes - 1) / lanes, blocks) * lanes
    let latest = blocks * lanes - most
    taken = most
    first = starts.map { min($0, latest) }
  }

  /// Its memory in a session: for `images` images of a pass where threads share the copies, else for one of each thread.
  func memory(_ layer: FusedConvolution, isShared: Bool, images: Int, _ kernels: KernelTable) -> StepMemory {
    let pixels = layer.wanted.height * layer.wanted.width
    return StepMemory(
      each: (isShared ? 0 : copy) + (layer.pool ? pixels * kernels.columns : 0) + 16,
      shared: isShared ? copy * images : 0,
      tables: 4 * (taken * layer.window.height * layer.window.width + pixels + first.count))
  }
}
