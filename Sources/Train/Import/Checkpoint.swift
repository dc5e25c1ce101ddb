public import FermFormat

/// Another program's weights: tensors by name, as fp32.
///
/// A new file format is one more case of ``init(path:)`` and a file of its own beside this one.
public struct Checkpoint {
  /// A tensor of a checkpoint.
  public struct Tensor {
    /// The dimensions.
    public let shape: Shape
    /// The elements, the last dimension fastest.
    public let values: [Float]
  }

  /// The file that the tensors come from.
  public let path: String
  /// What kind of file that is: `safetensors` or `pytorch`.
  public let format: String
  /// The tensors. Those of whole numbers, such as step counters, are left out.
  public let tensors: [String: Tensor]

  /// Reads a safetensors file or a PyTorch checkpoint; its first bytes tell which it is.
  ///
  /// Every length is checked before it is believed, and nothing in a file is ever run.
  /// - Throws: `checkpoint`, naming file and place.
  public init(path: String) throws(TrainError) {
    let source: ImportSource
    do throws(ImportProblem) { source = try ImportSource(path: path) } catch {
      throw .checkpoint("\(path): \(error.sentence)")
    }
    try self.init(source, path: path)
  }

  /// Reads a checkpoint that is in memory; errors call it `name`.
  public init(bytes: [UInt8], name: String) throws(TrainError) {
    try self.init(ImportSource(bytes: bytes), path: name)
  }

  /// Reads an open file; errors call it `path`.
  init(_ source: ImportSource, path: String) throws(TrainError) {
    self.path = path
    do throws(ImportProblem) {
      let start = try source.bytes(0..<min(4, source.count))
      let tensors: [String: Tensor]
      if start.elementsEqual(ZipArchive.signature) {
        format = "pytorch"
        tensors = try PyTorchFile.tensors(source)
      } else if start.count >= 2 && start[0] == 0x80 && start[1] <= 5 {
        throw ImportProblem(
          "it was saved by a PyTorch before 1.6; load it there and save it again, which writes the zip format."
        )
      } else {
        format = "safetensors"
        tensors = try SafetensorsFile.tensors(source)
      }
      self.tensors = try Self.checked(tensors)
    } catch { throw .checkpoint("\(path): \(error.sentence)") }
  }

  /// The tensors under their plain names, once all their elements are known to be numbers.
  private static func checked(_ tensors: [String: Tensor]) throws(ImportProblem) -> [String: Tensor] {
    let names = tensors.keys.sorted()
    var result: [String: Tensor] = [:]
    for (name, plain) in zip(names, TensorNames.plain(names)) {
      guard let tensor = tensors[name] else { continue }
      if let place = tensor.values.firstIndex(where: { !$0.isFinite }) {
        throw ImportProblem(
          "element \(place) of the tensor \(name) is \(tensor.values[place].isNaN ? "no number (NaN)" : "infinite"), so the training that wrote this file had diverged; take an earlier checkpoint."
        )
      }
      guard result.updateValue(tensor, forKey: plain) == nil else {
        throw ImportProblem("two of its tensors are called \(plain), one of them \(name).")
      }
    }
    return result
  }
}

/// Why a file was refused; ``Checkpoint`` puts the file's name before it.
struct ImportProblem: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }

  /// Of a whole network, say, in place of its weights.
  static func object(ofClass name: String) -> ImportProblem {
    ImportProblem(
      "it holds an object of the class \(name), as torch.save(model) writes it: only its own code can make that again, and an import runs none. Where that code is, save the weights alone: torch.save(model.state_dict(), \"weights.pt\")."
    )
  }
}

/// The element types that other programs store weights in.
enum ForeignElement {
  case fp64, fp32, fp16, bf16

  var width: Int {
    switch self {
    case .fp64: 8
    case .fp32: 4
    case .fp16, .bf16: 2
    }
  }

  /// Element `index` of little-endian bytes, rounded to fp32; the caller has checked that it lies within them.
  @unsafe func value(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Float {
    switch self {
    case .fp64:
      let bits = unsafe bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      return Float(Double(bitPattern: UInt64(littleEndian: bits)))
    case .fp32:
      let bits = unsafe bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    case .fp16:
      return unsafe Float(
        halfBits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    case .bf16:
      let bits = unsafe UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      return Float(bitPattern: UInt32(bits) << 16)
    }
  }
}

extension Shape {
  /// A shape that a file states; nil beyond the limits, found before a product could overflow.
  init?(stated dimensions: [Int]) {
    guard dimensions.count <= Limits.rank else { return nil }
    var count = 1
    for dimension in dimensions {
      guard (1...Limits.dimension).contains(dimension) else { return nil }
      count *= dimension
      guard count <= Limits.elements else { return nil }
    }
    self.init(dimensions)
  }
}
