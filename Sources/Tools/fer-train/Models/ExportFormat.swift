import FermToolSupport

/// What `export` writes.
enum ExportFormat: String, CaseIterable {
  case ferm, safetensors

  /// Endings of what it does not write.
  private static let others = [
    "onnx": "ONNX", "pt": "PyTorch", "pth": "PyTorch", "ckpt": "PyTorch", "bin": "PyTorch",
    "tflite": "TensorFlow Lite",
    "pb": "TensorFlow", "h5": "Keras", "keras": "Keras", "mlmodel": "Core ML", "mlpackage": "Core ML",
    "mlpackagedata": "Core ML", "engine": "TensorRT", "trt": "TensorRT", "xml": "OpenVINO", "gguf": "GGUF",
    "npz": "NumPy", "npy": "NumPy", "mnn": "MNN", "ncnn": "ncnn", "param": "ncnn",
  ]

  /// The format that the output's name and `--to` ask for.
  ///
  /// - Throws: a sentence when they contradict each other, or ask for none of these.
  static func chosen(for output: String, _ wanted: String?) throws(UsageError) -> ExportFormat {
    let ending = FileEnding(output)
    if let other = others[ending.text] {
      throw UsageError(
        "\(output): fer-train writes .ferm and .safetensors files, and none for \(other); PyTorch and many others load .safetensors, and can go on from there."
      )
    }
    let named = allCases.first { ending.text == $0.rawValue }
    guard let format = wanted.flatMap({ ExportFormat(rawValue: $0) }) ?? named else {
      throw UsageError("\(output): let the name end in .ferm or .safetensors, or say which with --to.")
    }
    guard named == nil || named == format else {
      throw UsageError(
        "\(output): the name says \(ending.text), and --to says \(format.rawValue); change one of them.")
    }
    return format
  }
}
