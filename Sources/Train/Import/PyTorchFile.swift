internal import FermFormat

/// A checkpoint of `torch.save`, PyTorch 1.6 and later: a zip archive of one pickle and one entry for each storage.
enum PyTorchFile {
  private static let types: [String: ForeignElement] = [
    "DoubleStorage": .fp64, "FloatStorage": .fp32, "HalfStorage": .fp16, "BFloat16Storage": .bf16,
  ]

  /// The most that all tensors together may have of what their storages hold: weights that share a storage are few.
  private static let mostShared = 4

  /// A tensor that is wanted, once its view is known to lie within its storage.
  private struct Wanted {
    let name: String
    let view: Pickle.TensorView
    let type: ForeignElement
    let shape: Shape
  }

  /// The tensors of the first dictionary of tensors, at any depth: a bare state dictionary, or one in a dictionary with
  /// other things.
  static func tensors(_ file: ImportSource) throws(ImportProblem) -> [String: Checkpoint.Tensor] {
    let archive = try ZipArchive(file)
    guard let pickleName = archive.names.filter({ $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }).min(),
      let size = archive.size(of: pickleName)
    else { throw ImportProblem("this zip archive is no PyTorch checkpoint: it has no data.pkl.") }
    let root = String(pickleName.dropLast("data.pkl".count))
    guard !archive.names.contains(where: { $0.hasPrefix("\(root)code/") }) else {
      throw ImportProblem(
        "it is a TorchScript program, which only PyTorch runs; save the weights alone: torch.save(torch.jit.load(FILE).state_dict(), \"weights.pt\")."
      )
    }
    try archive.checkStored()
    guard size <= Pickle.largestSize else {
      throw ImportProblem("its data.pkl has \(size) bytes; that of a checkpoint stays below 4 MB.")
    }
    if let size = archive.size(of: "\(root)byteorder"), size > 6 {
      throw ImportProblem("its numbers are in an order that is not known.")
    }
    if let order = try archive.bytes("\(root)byteorder"), !order.elementsEqual("little".utf8) {
      throw ImportProblem("its numbers are big-endian; save it again on a little-endian machine.")
    }
    let views = try stateDictionary(try Pickle(try archive.bytes(pickleName) ?? []))
    var tensors: [String: Checkpoint.Tensor] = [:]
    for (key, wanted) in try wanted(views, archive, root) {
      // Once a storage, however many tensors are views of it.
      guard let storage = try archive.bytes("\(root)data/\(key)") else { continue }
      // SAFETY: `checked` has found every element of the views within their storage.
      unsafe storage.withUnsafeBytes { bytes in
        for tensor in wanted {
          tensors[tensor.name] = unsafe Checkpoint.Tensor(
            shape: tensor.shape, values: gather(tensor.view, tensor.type, bytes))
        }
      }
    }
    return tensors
  }

  /// What is to be read, by storage; all of it is bounded by the file before any of it is read.
  private static func wanted(
    _ views: [String: Pickle.TensorView], _ archive: ZipArchive, _ root: String
  ) throws(ImportProblem) -> [String: [Wanted]] {
    guard views.count <= Limits.tensors else {
      throw ImportProblem("it holds \(views.count) tensors; at most \(Limits.tensors) are allowed.")
    }
    var byStorage: [String: [Wanted]] = [:]
    var (total, stored) = (0, 0)
    for (name, view) in views.sorted(by: { $0.key < $1.key }) {
      guard let type = types[view.storage.type] else { continue }
      let shape = try checked(view, name)
      total += shape.count
      guard total <= Limits.decodedBytes / 4 else {
        throw ImportProblem("its tensors have more than \(Limits.decodedBytes / 4) elements together.")
      }
      guard let size = archive.size(of: "\(root)data/\(view.storage.key)") else {
        throw ImportProblem("the storage of tensor \(name) is missing.")
      }
      guard size == view.storage.count * type.width else {
        throw ImportProblem(
          "the storage of tensor \(name) has \(size) bytes where \(view.storage.count) elements are stated.")
      }
      if byStorage[view.storage.key] == nil { stored += view.storage.count }
      byStorage[view.storage.key, default: []].append(
        Wanted(name: name, view: view, type: type, shape: shape))
    }
    guard total <= mostShared * stored else {
      throw ImportProblem(
        "its tensors have \(total) elements together, and what the file holds has \(stored): too many are views of the same ones."
      )
    }
    return byStorage
  }

  /// Breadth first, so that the outermost dictionary of tensors wins.
  private static func stateDictionary(
    _ pickle: Pickle
  ) throws(ImportProblem) -> [String: Pickle.TensorView] {
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
        var views: [String: Pickle.TensorView] = [:]
        for entry in entries {
          // As in Python, the last one of a name counts.
          if case .text(let name) = entry.key, case .tensor(let view)? = pickle[entry.value] {
            views[name] = view
          }
        }
        // A loss or a counter that was kept as a tensor makes no state dictionary.
        if views.contains(where: { !$0.value.shape.isEmpty }) { return views }
        queue += entries.map { $0.value }
      case .tensor, .storage: break
      }
    }
    if let name = pickle.skippedClass {
      throw .object(ofClass: name)
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
  @unsafe private static func gather(
    _ view: Pickle.TensorView, _ type: ForeignElement, _ storage: UnsafeRawBufferPointer
  ) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(view.shape.reduce(1, *))
    var index = [Int](repeating: 0, count: view.shape.count)
    var element = view.offset
    while true {
      values.append(unsafe type.value(storage, element))
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
