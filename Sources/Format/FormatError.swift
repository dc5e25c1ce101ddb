/// Why a file or a model was refused: a stable code, the place, and a sentence that says what to do.
///
/// ```swift
/// do {
///   let file = try ModelFile(path: "broken.ferm")
///   print(file.name)
/// } catch {
///   print(error.code.name, error.offset ?? 0, error.message)
/// }
/// ```
public struct FormatError: Error, Equatable, Sendable {
  /// What kind of rule was broken; the numbers are stable, and those below 100 are the specification's (section 11).
  public enum Code: UInt16, Sendable, CaseIterable {
    /// The operating system could not read or write the file.
    case io = 1
    /// The first bytes are not those of a `.ferm` file.
    case signature = 2
    /// The file needs a version, feature, chunk or operator that this reader does not know.
    case unsupported = 3
    /// The file ends too early, or goes on after its end.
    case truncated = 4
    /// A checksum does not match the bytes it guards.
    case checksum = 5
    /// Chunks are missing, repeated or out of order, or a reserved byte is not zero.
    case structure = 6
    /// A field of a record holds a value outside its range.
    case value = 7
    /// A stated limit is exceeded.
    case limit = 8
    /// Nodes, tensors and shapes do not fit together.
    case graph = 9
    /// A tensor's stored bytes do not decode to exactly its elements.
    case weights = 10
    /// There is not enough memory, or the network would take more than this program allows.
    case memory = 11
    /// The network does not give the logits that the file's self-test expects.
    case selfTest = 12
    /// The file is sound, but one image, or all self-tests together, would take more work than this program allows.
    case work = 13
    /// A network gives logits that are not finite. That is not a fault of the file, and so not one of the specification's codes.
    case notFinite = 102

    /// The code's stable name, as tools print it.
    public var name: String {
      switch self {
      case .io: "io"
      case .signature: "signature"
      case .unsupported: "unsupported"
      case .truncated: "truncated"
      case .checksum: "checksum"
      case .structure: "structure"
      case .value: "value"
      case .limit: "limit"
      case .graph: "graph"
      case .weights: "weights"
      case .memory: "memory"
      case .selfTest: "self-test"
      case .work: "work"
      case .notFinite: "not-finite"
      }
    }
  }

  /// What kind of rule was broken.
  public var code: Code
  /// The byte of the file at which the broken rule applies; nil where the fault is in no one place of a file.
  public var offset: UInt64?
  /// One sentence: what is wrong and, where that helps, what to do.
  public var message: String

  /// Makes an error.
  public init(_ code: Code, at offset: UInt64? = nil, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }

  /// The sentence, then code and place, as tools print it.
  public var description: String {
    if let offset { return "\(message) [\(code.name), byte \(offset)]" }
    return "\(message) [\(code.name)]"
  }
}

#if !hasFeature(Embedded)
  extension FormatError: CustomStringConvertible {}
#endif
