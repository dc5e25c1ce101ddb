internal import FermFormat
internal import Foundation

/// A checkpoint of `torch.save`, PyTorch 1.6 and later: a zip archive of one pickle and one entry for each storage.
enum PyTorchFile {
  private static let types: [String: ForeignElement] = [
    "DoubleStorage": .fp64, "FloatStorage": .fp32, "HalfStorage": .fp16, "BFloat16Storage": .bf16,
  ]

  /// The tensors of the first dictionary of tensors, at any depth: a bare state dictionary, or one in a dictionary with
  /// other things. A prefix `module.` on every name, as data parallelism leaves it, goes.
  static func tensors(_ file: Data) throws(ImportProblem) -> [String: Checkpoint.Tensor] {
    let archive = try ZipArchive(file)
    guard let pickleName = archive.names.filter({ $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }).min(),
      let bytes = try archive.bytes(pickleName)
    else { throw ImportProblem("this zip archive is no PyTorch checkpoint: it has no data.pkl.") }
    let root = String(pickleName.dropLast("data.pkl".count))
    if let order = try archive.bytes("\(root)byteorder"), !order.elementsEqual("little".utf8) {
      throw ImportProblem("its numbers are big-endian; save it again on a little-endian machine.")
    }
    let views = try stateDictionary(try Pickle(bytes))

    var tensors: [String: Checkpoint.Tensor] = [:]
    var total = 0
    let isParallel = views.allSatisfy { $0.name.hasPrefix("module.") }
    for (name, view) in views {
      guard let type = types[view.storage.type] else { continue }
      let shape = try checked(view, name)
      total += shape.count
      guard total <= Limits.decodedBytes / 4 else {
        throw ImportProblem("its tensors have more than \(Limits.decodedBytes / 4) elements together.")
      }
      guard let storage = try archive.bytes("\(root)data/\(view.storage.key)") else {
        throw ImportProblem("the storage of tensor \(name) is missing.")
      }
      guard storage.count == view.storage.count * type.width else {
        throw ImportProblem(
          "the storage of tensor \(name) has \(storage.count) bytes where \(view.storage.count) elements are stated."
        )
      }
      tensors[isParallel ? String(name.dropFirst(7)) : name] = Checkpoint.Tensor(
        shape: shape, values: storage.withUnsafeBytes { gather(view, type, $0) })
    }
    return tensors
  }

  /// Breadth first, so that the outermost dictionary of tensors wins.
  private static func stateDictionary(
    _ pickle: Pickle
  ) throws(ImportProblem) -> [(name: String, view: Pickle.TensorView)] {
    var queue = [pickle.root]
    var seen = Set<Int>()
    var next = 0
    while next < queue.count {
      let value = queue[next]
      next += 1
      guard case .object(let number) = value, seen.insert(number).inserted else { continue }
      switch pickle.objects[number] {
      case .list(let items), .tuple(let items): queue += items
      case .map(let entries):
        var views: [(name: String, view: Pickle.TensorView)] = []
        for entry in entries {
          if case .text(let name) = entry.key, case .tensor(let view)? = pickle[entry.value] {
            views.append((name, view))
          }
        }
        if !views.isEmpty { return views }
        queue += entries.map { $0.value }
      case .tensor, .storage: break
      }
    }
    throw ImportProblem("it holds no dictionary of tensors.")
  }

  /// The view's shape, once every element it names is known to lie within its storage.
  private static func checked(_ view: Pickle.TensorView, _ name: String) throws(ImportProblem) -> Shape {
    guard let shape = Shape(stated: view.shape) else {
      throw ImportProblem("tensor \(name) is larger than any model's, or has a dimension of 0.")
    }
    let count = view.storage.count
    guard (0...Limits.elements).contains(count), view.offset >= 0, view.offset < count,
      shape.count <= count - view.offset
    else {
      throw ImportProblem("tensor \(name) reaches beyond its storage.")
    }
    var last = view.offset
    for (dimension, stride) in zip(view.shape, view.strides) {
      guard (0...count).contains(stride) else {
        throw ImportProblem("tensor \(name) reaches beyond its storage.")
      }
      last += (dimension - 1) * stride
      guard last < count else { throw ImportProblem("tensor \(name) reaches beyond its storage.") }
    }
    return shape
  }

  /// The elements in the order of the shape, the last dimension fastest.
  private static func gather(
    _ view: Pickle.TensorView, _ type: ForeignElement, _ storage: UnsafeRawBufferPointer
  ) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(view.shape.reduce(1, *))
    var index = [Int](repeating: 0, count: view.shape.count)
    var element = view.offset
    while true {
      values.append(type.value(storage, element))
      var axis = view.shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        element += view.strides[axis]
        if index[axis] < view.shape[axis] { break }
        element -= view.strides[axis] * view.shape[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return values }
    }
  }
}
