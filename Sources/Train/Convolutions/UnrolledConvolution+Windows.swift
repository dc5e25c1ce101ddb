internal import FermFormat
internal import FermRuntime

/// The windows of a group's image `[C, H, W]` as the columns of a matrix.
extension ConvolutionShape {
  /// Inputs of one group of an image.
  var inputsInGroup: Int { channelsInGroup * size.height * size.width }

  /// Image `[C, H, W]` -> columns `[C * kH * kW, H' * W']`, zeros for the padding.
  func unroll(_ image: UnsafePointer<Float>, into columns: UnsafeMutablePointer<Float>) {
    let width = outSize.width
    var row = unsafe columns
    // SAFETY: the columns of a line that are `valid` lie inside the image, and a row of the matrix has `width` for it.
    eachLine { line, valid in
      if let line, !valid.isEmpty {
        let from = unsafe image + line
        unsafe row.update(repeating: 0, count: valid.lowerBound)
        if stride.width == 1 {
          unsafe (row + valid.lowerBound).update(from: from + valid.lowerBound, count: valid.count)
        } else {
          for ox in valid { unsafe row[ox] = from[ox * stride.width] }
        }
        unsafe (row + valid.upperBound).update(repeating: 0, count: width - valid.upperBound)
      } else {
        unsafe row.update(repeating: 0, count: width)
      }
      unsafe row += width
    }
  }

  /// The reverse: adds each column entry to the input it came from.
  func rollUp(_ columns: UnsafePointer<Float>, into image: UnsafeMutablePointer<Float>) {
    unsafe image.update(repeating: 0, count: inputsInGroup)
    let width = outSize.width
    var row = unsafe columns
    // SAFETY: as above.
    eachLine { line, valid in
      if let line {
        let to = unsafe image + line
        if stride.width == 1 {
          for ox in valid { unsafe to[ox] += row[ox] }
        } else {
          for ox in valid { unsafe to[ox * stride.width] += row[ox] }
        }
      }
      unsafe row += width
    }
  }

  /// Calls `body` for each line of outputs in each row of the matrix, with the place in the image that its first column would
  /// read, nil for a line of padding, and with the columns that lie inside the map.
  @inline(__always)
  private func eachLine(_ body: (_ line: Int?, _ valid: Range<Int>) -> Void) {
    let out = outSize
    for channel in 0..<channelsInGroup {
      for ky in 0..<window.height {
        for kx in 0..<window.width {
          // Inside: 0 <= ox * stride + kx * dilation - left < the input's width.
          let shift = kx * dilation.width - padding.left
          let first = min(out.width, max(0, (stride.width - 1 - shift) / stride.width))
          let reach = size.width - 1 - shift
          let last = reach < 0 ? 0 : min(out.width, reach / stride.width + 1)
          for oy in 0..<out.height {
            let y = oy * stride.height + ky * dilation.height - padding.top
            let isInside = y >= 0 && y < size.height
            body(
              isInside ? (channel * size.height + y) * size.width + shift : nil,
              first..<max(first, last))
          }
        }
      }
    }
  }
}
