internal import FermFormat

/// The windows of a convolution over one image, as the columns of a matrix.
struct Windows {
  let channels: Int
  let height: Int
  let width: Int
  let window: Extent
  let stride: Extent
  let padding: Padding

  var outHeight: Int { (height + padding.top + padding.bottom - window.height) / stride.height + 1 }
  var outWidth: Int { (width + padding.left + padding.right - window.width) / stride.width + 1 }
  /// Output pixels of one channel.
  var pixels: Int { outHeight * outWidth }
  /// Inputs that one output sums over.
  var depth: Int { channels * window.height * window.width }
  /// Inputs of one image.
  var inputCount: Int { channels * height * width }

  /// Image `[C, H, W]` -> columns `[C * kH * kW, H' * W']`, zeros for the padding.
  func unroll(_ image: UnsafePointer<Float>, into columns: UnsafeMutablePointer<Float>) {
    var row = columns
    eachRow { channel, ky, kx, valid in
      let plane = image + channel * height * width
      for oy in 0..<outHeight {
        let y = oy * stride.height + ky - padding.top
        if y < 0 || y >= height || valid.isEmpty {
          row.update(repeating: 0, count: outWidth)
        } else {
          let line = plane + y * width + kx - padding.left
          row.update(repeating: 0, count: valid.lowerBound)
          if stride.width == 1 {
            (row + valid.lowerBound).update(from: line + valid.lowerBound, count: valid.count)
          } else {
            for ox in valid { row[ox] = line[ox * stride.width] }
          }
          (row + valid.upperBound).update(repeating: 0, count: outWidth - valid.upperBound)
        }
        row += outWidth
      }
    }
  }

  /// The reverse: adds each column entry to the input it came from.
  func rollUp(_ columns: UnsafePointer<Float>, into image: UnsafeMutablePointer<Float>) {
    image.update(repeating: 0, count: inputCount)
    var row = columns
    eachRow { channel, ky, kx, valid in
      let plane = image + channel * height * width
      for oy in 0..<outHeight {
        let y = oy * stride.height + ky - padding.top
        if y >= 0 && y < height {
          let line = plane + y * width + kx - padding.left
          if stride.width == 1 {
            for ox in valid { line[ox] += row[ox] }
          } else {
            for ox in valid { line[ox * stride.width] += row[ox] }
          }
        }
        row += outWidth
      }
    }
  }

  /// Calls `body` for each matrix row with its place in the filter, and with the output columns that lie inside the map.
  @inline(__always)
  private func eachRow(_ body: (_ channel: Int, _ ky: Int, _ kx: Int, _ valid: Range<Int>) -> Void) {
    for channel in 0..<channels {
      for ky in 0..<window.height {
        for kx in 0..<window.width {
          // Inside: 0 <= ox * stride + kx - left < width.
          let first = min(outWidth, max(0, (padding.left - kx + stride.width - 1) / stride.width))
          let reach = width - 1 + padding.left - kx
          let last = reach < 0 ? 0 : min(outWidth, reach / stride.width + 1)
          body(channel, ky, kx, first..<max(first, last))
        }
      }
    }
  }
}

/// The sum of `count` floats, in eight interleaved chains.
func sum(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  let whole = count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    lanes += UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<Float>.self)
  }
  var total = lanes.sum()
  for i in whole..<count { total += values[i] }
  return total
}

/// The sum of products of `count` floats, in eight interleaved chains.
func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  let whole = count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    lanes +=
      UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
      * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
  }
  var total = lanes.sum()
  for i in whole..<count { total += a[i] * b[i] }
  return total
}
