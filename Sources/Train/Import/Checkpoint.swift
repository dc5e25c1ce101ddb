public import FermFormat
internal import Foundation

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
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
      throw .checkpoint("\(path): the file cannot be read.")
    }
    try self.init(bytes, path: path)
  }

  /// Reads a checkpoint that is in memory; errors call it `name`.
  public init(bytes: [UInt8], name: String) throws(TrainError) { try self.init(Data(bytes), path: name) }

  private init(_ bytes: Data, path: String) throws(TrainError) {
    self.path = path
    do throws(ImportProblem) {
      if bytes.starts(with: ZipArchive.signature) {
        format = "pytorch"
        tensors = try PyTorchFile.tensors(bytes)
      } else if bytes.count >= 2 && bytes[0] == 0x80 && bytes[1] <= 5 {
        throw ImportProblem(
          "it was saved by a PyTorch before 1.6; load it there and save it again, which writes the zip format."
        )
      } else {
        format = "safetensors"
        tensors = try SafetensorsFile.tensors(bytes)
      }
    } catch { throw .checkpoint("\(path): \(error.sentence)") }
  }

  /// Copies the tensors into a network's parameters; names and shapes must match one to one.
  public func load(into network: any Network) throws(TrainError) {
    var unused = Set(tensors.keys)
    for parameter in network.parameters {
      guard let tensor = tensors[parameter.name] else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is missing; is this another network's checkpoint?")
      }
      guard tensor.shape == parameter.value.shape else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is \(tensor.shape.description) where the network has \(parameter.value.shape.description)."
        )
      }
      for (i, value) in tensor.values.enumerated() { parameter.value.data[i] = value }
      unused.remove(parameter.name)
    }
    if let name = unused.sorted().first {
      throw .checkpoint("\(path): the network has no tensor \(name); is this another network's checkpoint?")
    }
  }
}

/// Why a file was refused; ``Checkpoint`` puts the file's name before it.
struct ImportProblem: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
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
  func value(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Float {
    switch self {
    case .fp64:
      let bits = bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      return Float(Double(bitPattern: UInt64(littleEndian: bits)))
    case .fp32:
      let bits = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    case .fp16:
      return Float(
        halfBits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    case .bf16:
      let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
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
