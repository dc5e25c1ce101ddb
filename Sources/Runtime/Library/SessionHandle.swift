// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat
internal import FermSystem

/// What a `ferm_session *` points to.
final class SessionHandle {
  let session: Session
  let memory: PredictionMemory
  let reserve: CallReserve
  /// Made by the first call that finds faces.
  private var finder: Detector?
  private let flag: AlignedBytes

  convenience init(_ session: Session) throws(FormatError) {
    self.init(
      session, memory: try PredictionMemory(session), reserve: try CallReserve(),
      flag: try AlignedBytes(count: 8))
  }

  private init(_ session: Session, memory: PredictionMemory, reserve: CallReserve, flag: AlignedBytes) {
    self.session = session
    self.memory = memory
    self.reserve = reserve
    self.flag = flag
  }

  /// Runs a body unless another thread of this process is in the session.
  func exclusively(_ body: () -> ferm_status) -> ferm_status {
    // SAFETY: the flag is eight zeroed, aligned bytes that only these two functions touch.
    let word = unsafe flag.mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt64.self)
    guard unsafe ferm_try_enter(word) != 0 else {
      return refused(FERM_BUSY, "Another thread is using this session; make one session for each thread.")
    }
    defer { unsafe ferm_leave(word) }
    return body()
  }

  /// What finds faces with the session.
  ///
  /// - Throws: `unsupported` where the model finds none, `memory`.
  func detector() throws(FormatError) -> Detector {
    if let finder { return finder }
    let made = try Detector(sharing: session)
    finder = made
    return made
  }

  /// The object behind a handle, which the caller goes on owning.
  static func of(_ handle: OpaquePointer?) -> SessionHandle? {
    guard let handle = unsafe handle else { return nil }
    // SAFETY: the only handles are those that `ferm_session_create` made, and the caller has not freed this one.
    return unsafe Unmanaged<SessionHandle>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }
}

/// Makes a session: all memory and threads that runs will need.
@c @implementation
public func ferm_session_create(
  _ model: OpaquePointer?, _ threads: Int32, _ max_batch: Int,
  _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  unsafe open(model, threads: Int(threads), maxBatch: max_batch, precision: FERM_EXACT, session)
}

/// Makes a session as options say that may grow with versions.
@c @implementation
public func ferm_session_open(
  _ model: OpaquePointer?, _ options: UnsafePointer<ferm_session_options>?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  if let session = unsafe session { unsafe session.pointee = nil }
  var known = ferm_session_options()
  if let refusal = unsafe copy(
    options, to: &known, sizeFault: "The options' size must be sizeof(ferm_session_options).")
  {
    return refusal
  }
  return unsafe open(
    model, threads: known.threads, maxBatch: known.max_batch == 0 ? 1 : known.max_batch,
    precision: known.precision, session)
}

private func open(
  _ model: OpaquePointer?, threads: Int, maxBatch: Int, precision: Int,
  _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  guard let session = unsafe session else {
    return refused(FERM_ARGUMENT, "session is NULL; pass the address of a ferm_session *.")
  }
  unsafe session.pointee = nil
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard (0...256).contains(threads) else { return refused(FERM_ARGUMENT, "threads must be 0 to 256.") }
  guard (1...Session.largestBatch).contains(maxBatch) else {
    return refused(FERM_ARGUMENT, "max_batch must be 1 to 4096.")
  }
  let wanted: Precision
  switch precision {
  case Int(FERM_EXACT): wanted = .exact
  case Int(FERM_FAST): wanted = .fast
  default: return refused(FERM_ARGUMENT, "precision must be FERM_EXACT or FERM_FAST.")
  }
  return status { () throws(FormatError) in
    let handle = try SessionHandle(
      try Session(model.plan, maxBatch: maxBatch, threads: threads, precision: wanted))
    unsafe session.pointee = OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
  }
}

/// With what a session multiplies, which may be less than was asked for.
@c @implementation
public func ferm_session_precision(_ session: OpaquePointer?) -> Int {
  unsafe SessionHandle.of(session)?.session.precision == .fast ? Int(FERM_FAST) : Int(FERM_EXACT)
}

/// Frees a session and ends its threads.
@c @implementation
public func ferm_session_free(_ session: OpaquePointer?) {
  guard let session = unsafe session else { return }
  // SAFETY: gives back what create retained; the caller frees a session once.
  unsafe Unmanaged<SessionHandle>.fromOpaque(UnsafeRawPointer(session)).release()
}
