// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// What a `ferm_model *` points to.
final class ModelHandle {
  let plan: Plan
  let name: Texts
  let labels: Texts
  let outputNames: Texts
  let metadata: Metadata
  /// The file's SHA-256 in hexadecimal digits.
  let digest: Texts
  /// By output and level, the width and height of each anchor.
  let anchors: [[AlignedBytes]]
  let selfTests: [SelfTest]

  /// - Parameter threads: that decode; 0 for as many as this process may use processors.
  convenience init(_ file: ModelFile, threads: Int) throws(FormatError) {
    let plan = try Plan(file, threads: threads)
    try requireMemory(1 << 16)
    var anchors: [[AlignedBytes]] = []
    for output in plan.outputs { anchors.append(try output.anchors()) }
    self.init(
      plan, name: try Texts([plan.name]), labels: try Texts(plan.labels.names),
      outputNames: try Texts(plan.outputs.map { $0.name }), metadata: try Metadata(file),
      digest: try Texts([hexadecimal(file.statedDigest)]), anchors: anchors, selfTests: file.selfTests)
  }

  private init(
    _ plan: Plan, name: Texts, labels: Texts, outputNames: Texts, metadata: Metadata, digest: Texts,
    anchors: [[AlignedBytes]], selfTests: [SelfTest]
  ) {
    self.plan = plan
    self.name = name
    self.labels = labels
    self.outputNames = outputNames
    self.metadata = metadata
    self.digest = digest
    self.anchors = anchors
    self.selfTests = selfTests
  }

  /// The handle that the caller will own.
  func handOut() -> OpaquePointer { unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

  /// The object behind a handle, which the caller goes on owning.
  static func of(_ handle: OpaquePointer?) -> ModelHandle? {
    guard let handle = unsafe handle else { return nil }
    // SAFETY: the only handles are those that `handOut` made, and the caller has not freed this one.
    return unsafe Unmanaged<ModelHandle>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }
}

/// Loads the model file at a path; like all of these, documented in ferm.h.
@c @implementation
public func ferm_model_open(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  unsafe ferm_model_open_with(path, nil, model)
}

/// Loads a model file that is in memory.
@c @implementation
public func ferm_model_read(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  unsafe ferm_model_read_with(bytes, count, nil, model)
}

/// Loads the model file at a path as options say.
@c @implementation
public func ferm_model_open_with(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<ferm_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  unsafe open(options, model) { threads, model in
    guard let path = unsafe path else { return refused(FERM_ARGUMENT, "path is NULL.") }
    return unsafe status(of: path) { () throws(FormatError) in
      // SAFETY: the caller's path ends with NUL.
      unsafe model.pointee = try unsafe ModelHandle(ModelFile(cPath: path), threads: threads).handOut()
    }
  }
}

/// Loads a model file that is in memory as options say.
@c @implementation
public func ferm_model_read_with(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ options: UnsafePointer<ferm_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  unsafe open(options, model) { threads, model in
    guard let bytes = unsafe bytes else { return refused(FERM_ARGUMENT, "bytes is NULL.") }
    guard count >= 0 else { return refused(FERM_ARGUMENT, "count is more than any memory holds.") }
    return status { () throws(FormatError) in
      // SAFETY: the caller lends `count` bytes until this call returns; the model keeps nothing of them.
      let file = try unsafe ModelFile(borrowing: UnsafeRawBufferPointer(start: bytes, count: count))
      unsafe model.pointee = try ModelHandle(file, threads: threads).handOut()
    }
  }
}

/// Opens a model by `body`, after the look at what all ways to open one take: options, and a place for the model.
private func open(
  _ options: UnsafePointer<ferm_model_options>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ body: (_ threads: Int, _ model: UnsafeMutablePointer<OpaquePointer?>) -> ferm_status
) -> ferm_status {
  guard let model = unsafe model else {
    return refused(FERM_ARGUMENT, "model is NULL; pass the address of a ferm_model *.")
  }
  unsafe model.pointee = nil
  var known = ferm_model_options()
  if let refusal = unsafe copy(
    options, to: &known, sizeFault: "The options' size must be sizeof(ferm_model_options).")
  {
    return refusal
  }
  // The largest size_t, for as many as there are processors, comes as -1.
  guard (-1...256).contains(known.threads) else {
    return refused(FERM_ARGUMENT, "threads must be 0 to 256, or FERM_PROCESSORS.")
  }
  return unsafe body(known.threads < 0 ? 0 : max(1, known.threads), model)
}

/// Frees a model; its sessions go on.
@c @implementation
public func ferm_model_free(_ model: OpaquePointer?) {
  guard let model = unsafe model else { return }
  // SAFETY: gives back what open or read retained; the caller frees a model once.
  unsafe Unmanaged<ModelHandle>.fromOpaque(UnsafeRawPointer(model)).release()
}

/// The model's name, or NULL for a NULL model.
@c @implementation
public func ferm_model_name(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe ModelHandle.of(model)?.name[0]
}

/// The number of classes, or 0 for a NULL model.
@c @implementation
public func ferm_model_label_count(_ model: OpaquePointer?) -> Int {
  unsafe ModelHandle.of(model)?.labels.count ?? 0
}

/// The name of a class, or NULL if there is none of that index.
@c @implementation
public func ferm_model_label(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
  unsafe ModelHandle.of(model)?.labels[index]
}

/// Channels, height and width of one network input.
@c @implementation
public func ferm_model_input_shape(_ model: OpaquePointer?, _ shape: UnsafeMutablePointer<Int>?)
  -> ferm_status
{
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard let shape = unsafe shape else { return refused(FERM_ARGUMENT, "shape is NULL.") }
  // SAFETY: the caller's array has three elements.
  for i in 0..<3 { unsafe shape[i] = model.plan.preprocessing.inputShape[i] }
  return ferm_status(FERM_OK)
}

/// Runs the model's self-tests, at the cost of a session for one image.
@c @implementation
public func ferm_model_self_test(_ model: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?) -> ferm_status
{
  if let count = unsafe count { unsafe count.pointee = 0 }
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  if let count = unsafe count { unsafe count.pointee = model.selfTests.count }
  return status { () throws(FormatError) in try model.plan.check(model.selfTests) }
}
