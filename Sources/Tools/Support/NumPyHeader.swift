/// The start of a NumPy file (NPY 1.0) of fp32 numbers in row-major order.
public enum NumPyHeader {
  /// As long for any shape of up to four axes, so that it can be put right at the end: spaces fill it up to 128 bytes.
  ///
  /// - Parameter shape: the lengths of the axes.
  public static func bytes(_ shape: [Int]) -> [UInt8] {
    let axes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let words = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(axes)), }"
    let filled = words + String(repeating: " ", count: max(0, 117 - words.utf8.count)) + "\n"
    return [0x93] + "NUMPY".utf8 + [1, 0, UInt8(truncatingIfNeeded: filled.utf8.count), 0] + filled.utf8
  }
}
