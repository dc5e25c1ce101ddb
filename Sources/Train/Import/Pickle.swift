/// What a pickle describes: plain containers and tensors, never an object with code.
///
/// Containers live in one flat list and refer to each other by number, so cycles and deep nesting are harmless.
struct Pickle {
  enum Value: Equatable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
    /// A list, tuple, dictionary, tensor or storage: its number in ``Pickle/objects``.
    case object(Int)
    /// A name from a module, `module name`; harmless until it is called.
    case global(String)
    /// Something that is skipped: bytes, numbers beyond 64 bits, numpy scalars, objects of classes.
    case skipped
  }

  enum Object: Equatable {
    case list([Value])
    case tuple([Value])
    case map([Entry])
    case tensor(TensorView)
    case storage(Storage)
  }

  struct Entry: Equatable {
    let key: Value
    let value: Value
  }

  /// A tensor's bytes, as its persistent id states them.
  struct Storage: Equatable {
    /// `FloatStorage` and so on.
    let type: String
    /// The entry's name below `data/`.
    let key: String
    /// Elements.
    let count: Int
  }

  /// A strided view of a storage, in elements.
  struct TensorView: Equatable {
    let storage: Storage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  /// A longer pickle is to be refused unread; that of a checkpoint holds names and shapes only.
  static let largestSize = 4 << 20

  let objects: [Object]
  let root: Value
  /// The class of the first object that was skipped, since only code could make it: of a whole network, its own.
  let skippedClass: String?

  /// Reads a pickle of any protocol up to 5.
  init(_ bytes: [UInt8]) throws(ImportProblem) {
    var machine = Unpickler(bytes: bytes)
    root = try machine.run()
    objects = machine.objects
    skippedClass = machine.skippedClass
  }

  /// The object that a value refers to.
  subscript(value: Value) -> Object? {
    if case .object(let number) = value { objects[number] } else { nil }
  }
}
