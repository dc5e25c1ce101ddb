internal import FermFormat
internal import FermRuntime

/// The windows of a group's image `[C, H, W]` as the columns of a matrix.
extension ConvolutionShape {
  /// Inputs of one group of an image.
  var inputsInGroup: Int { channelsInGroup * size.height * size.width }

  /// Image `[C, H, W]` -> columns `[C * kH * kW, H' * W']`, zeros for the padding.
  func unroll(_ image: UnsafePointer<Float>, into columns: UnsafeMutablePointer<Float>) {
    var row = unsafe columns
    let out = outSize
    eachRow { channel, ky, kx, valid in
      // SAFETY: `valid` are the columns whose inputs lie inside the image, and every row of the matrix has out.width.
      let plane = unsafe image + channel * size.height * size.width
      for oy in 0..<out.height {
        let y = oy * stride.height + ky - padding.top
        if y < 0 || y >= size.height || valid.isEmpty {
          unsafe row.update(repeating: 0, count: out.width)
        } else {
          let line = unsafe plane + y * size.width + kx - padding.left
          unsafe row.update(repeating: 0, count: valid.lowerBound)
          if stride.width == 1 {
            unsafe (row + valid.lowerBound).update(from: line + valid.lowerBound, count: valid.count)
          } else {
            for ox in valid { unsafe row[ox] = line[ox * stride.width] }
          }
          unsafe (row + valid.upperBound).update(repeating: 0, count: out.width - valid.upperBound)
        }
        unsafe row += out.width
      }
    }
  }

  /// The reverse: adds each column entry to the input it came from.
  func rollUp(_ columns: UnsafePointer<Float>, into image: UnsafeMutablePointer<Float>) {
    unsafe image.update(repeating: 0, count: inputsInGroup)
    var row = unsafe columns
    let out = outSize
    eachRow { channel, ky, kx, valid in
      // SAFETY: as above.
      let plane = unsafe image + channel * size.height * size.width
      for oy in 0..<out.height {
        let y = oy * stride.height + ky - padding.top
        if y >= 0 && y < size.height {
          let line = unsafe plane + y * size.width + kx - padding.left
          if stride.width == 1 {
            for ox in valid { unsafe line[ox] += row[ox] }
          } else {
            for ox in valid { unsafe line[ox * stride.width] += row[ox] }
          }
        }
        unsafe row += out.width
      }
    }
  }

  /// Calls `body` for each matrix row with its place in the filter, and with the output columns that lie inside the map.
  @inline(__always)
  private func eachRow(_ body: (_ channel: Int, _ ky: Int, _ kx: Int, _ valid: Range<Int>) -> Void) {
    let width = outSize.width
    for channel in 0..<channelsInGroup {
      for ky in 0..<window.height {
        for kx in 0..<window.width {
          // Inside: 0 <= ox * stride + kx - left < the input's width.
          let first = min(width, max(0, (padding.left - kx + stride.width - 1) / stride.width))
          let reach = size.width - 1 + padding.left - kx
          let last = reach < 0 ? 0 : min(width, reach / stride.width + 1)
          body(channel, ky, kx, first..<max(first, last))
        }
      }
    }
  }
}
