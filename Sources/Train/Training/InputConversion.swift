internal import FermFormat

/// Turns inputs of one network into those that another one would get of the same faces.
///
/// The other one sees its usual part of a face, or all that there is where that is less, in its own size and scale of pixels. Sampling
/// is bilinear; where the sizes of the whole faces agree, pixels stay as they are.
struct InputConversion {
  /// Two places of a line, and how much the second counts.
  private struct Tap {
    let first: Int
    let second: Int
    let part: Float
  }

  private let source: Preprocessing
  private let target: Preprocessing
  private let rows: [Tap]
  private let columns: [Tap]

  /// Prepares for inputs that `source` made; both have the same channels.
  init(from source: Preprocessing, to target: Preprocessing) {
    (self.source, self.target) = (source, target)
    rows = Self.taps(
      source.cropped.height, target.cropped.height, whole: (source.resized.height, target.resized.height))
    columns = Self.taps(
      source.cropped.width, target.cropped.width, whole: (source.resized.width, target.resized.width))
  }

  /// - Parameter whole: the lengths of the faces that the crops are cut from.
  private static func taps(_ from: Int, _ to: Int, whole: (from: Int, to: Int)) -> [Tap] {
    let shown = min(Double(from), Double(to * whole.from) / Double(whole.to))
    let step = shown / Double(to)
    var margin = (Double(from) - shown) / 2
    if step == 1 { margin.round(.down) }
    return (0..<to).map { i in
      let place = min(max(margin + (Double(i) + 0.5) * step - 0.5, 0), Double(from - 1))
      let first = Int(place)
      return Tap(first: first, second: min(first + 1, from - 1), part: Float(place - Double(first)))
    }
  }

  /// The inputs of the other network, `[N, C, H, W]`, for `[N, C, H, W]`.
  func callAsFunction(_ inputs: Span<Float>) -> [Float] {
    let (width, area) = (source.cropped.width, source.cropped.height * source.cropped.width)
    let channels = source.scale.count
    var result: [Float] = []
    result.reserveCapacity(inputs.count / area * rows.count * columns.count)
    for plane in 0..<(inputs.count / area) {
      let channel = plane % channels
      let factor = target.scale[channel] / source.scale[channel]
      let offset = target.offset[channel] - source.offset[channel] * factor
      for row in rows {
        let upper = inputs.extracting(
          (plane * area + row.first * width)..<(plane * area + (row.first + 1) * width))
        let lower = inputs.extracting(
          (plane * area + row.second * width)..<(plane * area + (row.second + 1) * width))
        for column in columns {
          let top = upper[column.first] + (upper[column.second] - upper[column.first]) * column.part
          let bottom = lower[column.first] + (lower[column.second] - lower[column.first]) * column.part
          result.append((top + (bottom - top) * row.part) * factor + offset)
        }
      }
    }
    return result
  }
}
