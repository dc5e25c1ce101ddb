/// Python's pickle machine, cut down to what describes tensors and plain containers.
///
/// It calls nothing: a global is a name, and calling a name that is not in ``rebuild(_:_:)`` is refused with that name.
/// Opcodes: Lib/pickletools.py of CPython.
struct Unpickler {
  private(set) var objects: [Pickle.Object] = []
  /// The class of the first object that was skipped.
  private(set) var skippedClass: String?
  private let bytes: [UInt8]
  private var place = 0
  /// What PyTorch allows a tensor.
  private static let mostDimensions = 64
  private var stack: [Pickle.Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Pickle.Value] = [:]

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func run() throws(ImportProblem) -> Pickle.Value {
    while true {
      let start = place
      let code = try byte()
      if code == UInt8(ascii: ".") { return try pop() }
      guard try step(code) else {
        throw problem(
          "uses the opcode 0x\(String(code, radix: 16)) at byte \(start), which no checkpoint needs.")
      }
    }
  }

  /// Carries out one opcode; false for one that is not known.
  private mutating func step(_ code: UInt8) throws(ImportProblem) -> Bool {
    switch code {
    case 0x80: _ = try byte()  // PROTO
    case 0x95: try skip(8)  // FRAME
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())

    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88, 0x89: stack.append(.bool(code == 0x88))
    case UInt8(ascii: "K"): stack.append(.int(try number(1)))
    case UInt8(ascii: "M"): stack.append(.int(try number(2)))
    case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case 0x8A: try long(length: try number(1))
    case UInt8(ascii: "G"): try float()

    case UInt8(ascii: "X"): try text(length: try number(4))
    case 0x8C: try text(length: try number(1))
    case 0x8D: try text(length: try number(8))
    case UInt8(ascii: "U"): try skipped(length: try number(1))
    case UInt8(ascii: "T"), UInt8(ascii: "B"): try skipped(length: try number(4))
    case UInt8(ascii: "C"): try skipped(length: try number(1))
    case 0x8E, 0x96: try skipped(length: try number(8))

    case UInt8(ascii: ")"): push(.tuple([]))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.map([]))
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case UInt8(ascii: "l"): push(.list(try popToMark()))
    case UInt8(ascii: "d"): push(.map(try entries(try popToMark())))
    case 0x85, 0x86, 0x87: try tuple(Int(code) - 0x84)
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())

    case UInt8(ascii: "q"): memo[try number(1)] = try top()
    case UInt8(ascii: "r"): memo[try number(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try number(1))
    case UInt8(ascii: "j"): try recall(try number(4))

    case UInt8(ascii: "c"): stack.append(.global("\(try line()) \(try line())"))
    case 0x93:
      let name = try popText()
      stack.append(.global("\(try popText()) \(name)"))
    case UInt8(ascii: "Q"): try storage()
    case UInt8(ascii: "R"):
      let arguments = try popTuple()
      stack.append(try rebuild(try pop(), arguments))
    case UInt8(ascii: "b"): try build()
    case 0x81: try object(arguments: 1)
    case 0x92: try object(arguments: 2)
    default: return false
    }
    return true
  }

  // MARK: - Calls that are only descriptions

  /// What a call would make, for the few names that a checkpoint of tensors needs.
  private mutating func rebuild(
    _ callee: Pickle.Value, _ arguments: [Pickle.Value]
  ) throws(ImportProblem) -> Pickle.Value {
    guard case .global(let name) = callee else { throw problem("calls something that has no name.") }
    switch name {
    case "collections OrderedDict":
      guard arguments.isEmpty else { throw problem("builds an OrderedDict in a way that is not known.") }
      return add(.map([]))
    case "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor":
      return try tensor(arguments)
    case "torch._utils _rebuild_parameter":
      guard let tensor = arguments.first, case .object = tensor else {
        throw problem("holds a parameter without a tensor.")
      }
      return tensor
    case "torch Size": return arguments.first ?? .none
    case "torch device", "numpy dtype", "numpy.core.multiarray scalar", "numpy._core.multiarray scalar",
      "_codecs encode", "__builtin__ set", "builtins set", "__builtin__ frozenset", "builtins frozenset":
      return .skipped
    default:
      if let skippedClass { throw .object(ofClass: skippedClass) }
      throw problem(
        "wants to call \(name.replacing(" ", with: ".")), which an import never does; weights need no such call, so do not load this file elsewhere either."
      )
    }
  }

  /// An object of a class is skipped, with the state that a later opcode gives it: making it would be running code.
  private mutating func object(arguments: Int) throws(ImportProblem) {
    for _ in 0..<arguments { _ = try pop() }
    guard case .global(let name) = try pop() else { throw problem("makes an object of what is no class.") }
    if skippedClass == nil { skippedClass = name.replacing(" ", with: ".") }
    stack.append(.skipped)
  }

  private mutating func tensor(_ arguments: [Pickle.Value]) throws(ImportProblem) -> Pickle.Value {
    guard arguments.count >= 4, case .object(let number) = arguments[0],
      case .storage(let storage) = objects[number], case .int(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3]), shape.count == strides.count
    else { throw problem("holds a tensor that is not described as PyTorch does.") }
    return add(
      .tensor(Pickle.TensorView(storage: storage, offset: offset, shape: shape, strides: strides)))
  }

  /// A persistent id: ('storage', type, key, device, count).
  private mutating func storage() throws(ImportProblem) {
    let id = try popTuple()
    guard id.count == 5, id[0] == .text("storage"), case .global(let type) = id[1],
      case .text(let key) = id[2],
      case .int(let count) = id[4], type.hasPrefix("torch "), type.hasSuffix("Storage")
    else { throw problem("holds a storage that is not described as PyTorch does.") }
    push(.storage(Pickle.Storage(type: String(type.dropFirst(6)), key: key, count: count)))
  }

  /// The state of an ordered dictionary (PyTorch's `_metadata`) or of something skipped says nothing about weights.
  private mutating func build() throws(ImportProblem) {
    _ = try pop()
    switch try top() {
    case .skipped: return
    case .object(let number):
      if case .map = objects[number] { return }
    default: break
    }
    throw problem("sets the state of something other than a dictionary.")
  }

  // MARK: - Containers

  private mutating func add(_ object: Pickle.Object) -> Pickle.Value {
    objects.append(object)
    return .object(objects.count - 1)
  }

  private mutating func push(_ object: Pickle.Object) { stack.append(add(object)) }

  private mutating func tuple(_ count: Int) throws(ImportProblem) {
    var items: [Pickle.Value] = []
    for _ in 0..<count { items.insert(try pop(), at: 0) }
    push(.tuple(items))
  }

  private mutating func append(_ items: [Pickle.Value]) throws(ImportProblem) {
    guard case .object(let number) = try top(), case .list(var list) = objects[number] else {
      throw problem("appends to something that is no list.")
    }
    objects[number] = .tuple([])
    list += items
    objects[number] = .list(list)
  }

  private mutating func set(_ items: [Pickle.Value]) throws(ImportProblem) {
    guard case .object(let number) = try top(), case .map(var map) = objects[number] else {
      throw problem("sets an item of something that is no dictionary.")
    }
    objects[number] = .tuple([])
    map += try entries(items)
    objects[number] = .map(map)
  }

  private func entries(_ items: [Pickle.Value]) throws(ImportProblem) -> [Pickle.Entry] {
    guard items.count.isMultiple(of: 2) else { throw problem("has a key without a value.") }
    return stride(from: 0, to: items.count, by: 2).map { Pickle.Entry(key: items[$0], value: items[$0 + 1]) }
  }

  private func integers(_ value: Pickle.Value) -> [Int]? {
    guard case .object(let number) = value, case .tuple(let items) = objects[number],
      items.count <= Self.mostDimensions
    else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .int(let value) = item else { return nil }
      result.append(value)
    }
    return result
  }

  // MARK: - Stack and memo

  private func top() throws(ImportProblem) -> Pickle.Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw problem("runs out of values.")
    }
    return value
  }

  private mutating func pop() throws(ImportProblem) -> Pickle.Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(ImportProblem) -> [Pickle.Value] {
    guard let mark = marks.popLast() else { throw problem("closes a list that it never opened.") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  private mutating func popTuple() throws(ImportProblem) -> [Pickle.Value] {
    guard case .object(let number) = try pop(), case .tuple(let items) = objects[number] else {
      throw problem("calls something without a tuple of arguments.")
    }
    return items
  }

  private mutating func popText() throws(ImportProblem) -> String {
    guard case .text(let text) = try pop() else { throw problem("names something by what is no text.") }
    return text
  }

  private mutating func recall(_ number: Int) throws(ImportProblem) {
    guard let value = memo[number] else { throw problem("recalls the value \(number), which it never kept.") }
    stack.append(value)
  }

  // MARK: - Bytes

  private mutating func byte() throws(ImportProblem) -> UInt8 {
    guard place < bytes.count else { throw problem("ends too early; copy the file again.") }
    place += 1
    return bytes[place - 1]
  }

  private mutating func skip(_ length: Int) throws(ImportProblem) {
    guard length >= 0, length <= bytes.count - place else {
      throw problem("ends too early; copy the file again.")
    }
    place += length
  }

  /// An unsigned little-endian number; one of 8 bytes may turn out negative and then fits no length.
  private mutating func number(_ width: Int) throws(ImportProblem) -> Int {
    let start = place
    try skip(width)
    return (0..<width).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
  }

  private mutating func long(length: Int) throws(ImportProblem) {
    guard length <= 8 else { return try skipped(length: length) }
    let value = try number(length)
    let unused = 64 - 8 * length
    stack.append(.int(length == 0 ? 0 : (value << unused) >> unused))
  }

  private mutating func float() throws(ImportProblem) {
    stack.append(.float(Double(bitPattern: UInt64(bitPattern: Int64(try number(8))).byteSwapped)))
  }

  private mutating func text(length: Int) throws(ImportProblem) {
    let start = place
    try skip(length)
    stack.append(.text(String(decoding: bytes[start..<place], as: UTF8.self)))
  }

  private mutating func skipped(length: Int) throws(ImportProblem) {
    try skip(length)
    stack.append(.skipped)
  }

  private mutating func line() throws(ImportProblem) -> String {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw problem("ends too early; copy the file again.")
    }
    defer { place = end + 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  private func problem(_ what: String) -> ImportProblem { ImportProblem("its data.pkl \(what)") }
}
