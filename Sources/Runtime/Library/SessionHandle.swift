// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat
internal import FermSystem

/// What a `ferm_session *` points to.
final class SessionHandle {
  let session: Session
  let memory: PredictionMemory
  let reserve: CallReserve
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

  /// The object behind a handle, which the caller goes on owning.
  static func of(_ handle: OpaquePointer?) -> SessionHandle? {
    guard let handle = unsafe handle else { return nil }
    // SAFETY: the only handles are those that `ferm_session_create` made, and the caller has not freed this one.
    return unsafe Unmanaged<SessionHandle>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }
}

@c @implementation
public func ferm_session_create(
  _ model: OpaquePointer?, _ threads: Int32, _ max_batch: Int,
  _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> ferm_status {
  guard let session = unsafe session else {
    return refused(FERM_ARGUMENT, "session is NULL; pass the address of a ferm_session *.")
  }
  unsafe session.pointee = nil
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard (0...256).contains(threads) else { return refused(FERM_ARGUMENT, "threads must be 0 to 256.") }
  guard (1...Session.largestBatch).contains(max_batch) else {
    return refused(FERM_ARGUMENT, "max_batch must be 1 to 4096.")
  }
  return status { () throws(FormatError) in
    let handle = try SessionHandle(
      try Session(model.plan, maxBatch: max_batch, threads: Int(threads)))
    unsafe session.pointee = OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
  }
}

@c @implementation
public func ferm_session_free(_ session: OpaquePointer?) {
  guard let session = unsafe session else { return }
  // SAFETY: gives back what create retained; the caller frees a session once.
  unsafe Unmanaged<SessionHandle>.fromOpaque(UnsafeRawPointer(session)).release()
}

@c @implementation
public func ferm_session_logits(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ logits: UnsafeMutablePointer<Float>?
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  guard (0...1 << 40).contains(count) else {
    return refused(FERM_ARGUMENT, "count is more than any memory holds.")
  }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let input = unsafe input else { return refused(FERM_ARGUMENT, "input is NULL.") }
  guard let logits = unsafe logits else { return refused(FERM_ARGUMENT, "logits is NULL.") }
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      // SAFETY: the caller lends `count` inputs and room for as many rows of logits.
      unsafe handle.session.run(input, count: count, into: logits)
      let plan = handle.session.plan
      let fault = unsafe handle.session.fault(
        of: UnsafeBufferPointer(start: logits, count: count * plan.classes),
        from: UnsafeBufferPointer(start: input, count: count * plan.inputSize))
      if let fault { throw fault }
    }
  }
}

@c @implementation
public func ferm_session_predict(
  _ session: OpaquePointer?, _ images: UnsafePointer<ferm_image>?, _ count: Int,
  _ probabilities: UnsafeMutablePointer<Float>?
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  guard (0...1 << 40).contains(count) else {
    return refused(FERM_ARGUMENT, "count is more than any memory holds.")
  }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let images = unsafe images else { return refused(FERM_ARGUMENT, "images is NULL.") }
  guard let probabilities = unsafe probabilities else {
    return refused(FERM_ARGUMENT, "probabilities is NULL.")
  }
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      try unsafe handle.session.predict(
        UnsafeBufferPointer(start: images, count: count), using: handle.memory, into: probabilities)
    }
  }
}

extension Session {
  /// Probabilities of images as the C API describes them; none is written unless all of them can be.
  @unsafe func predict(
    _ images: UnsafeBufferPointer<ferm_image>, using memory: PredictionMemory,
    into probabilities: UnsafeMutablePointer<Float>
  ) throws(FormatError) {
    let classes = plan.classes
    let size = plan.inputSize
    let scratch = try unsafe scratchBytes(images)
    try memory.grow(scratch: scratch, results: 4 * classes * images.count)
    let (inputs, results) = unsafe (memory.inputs.floats, memory.results.floats)
    for first in stride(from: 0, to: images.count, by: passImages) {
      let count = min(passImages, images.count - first)
      for i in 0..<count {
        // SAFETY: inputs has room for passImages inputs.
        try unsafe prepare(
          pixelImage(images, first + i), using: memory,
          into: UnsafeMutableBufferPointer(start: inputs + i * size, count: size))
      }
      unsafe run(inputs, count: count, into: results + first * classes)
      let fault = unsafe fault(
        of: UnsafeBufferPointer(start: results + first * classes, count: count * classes),
        from: UnsafeBufferPointer(start: inputs, count: count * size), first: first)
      if let fault { throw fault }
    }
    for i in images.indices {
      unsafe softmax(
        UnsafeBufferPointer(start: results + i * classes, count: classes),
        temperature: plan.labels.temperature,
        into: probabilities + i * classes)
    }
  }

  /// The most that the resize of any of the images needs; finds fault with all that cannot be prepared.
  private func scratchBytes(_ images: UnsafeBufferPointer<ferm_image>) throws(FormatError) -> Int {
    var most = 0
    for i in images.indices {
      most = max(most, try unsafe preprocessor.resizing(of: pixelImage(images, i)).scratchBytes)
    }
    return most
  }

  private func pixelImage(
    _ images: UnsafeBufferPointer<ferm_image>, _ i: Int
  ) throws(FormatError) -> PixelImage {
    do throws(ImageFault) { return try unsafe PixelImage(images[i]) } catch {
      throw FormatError(.value, "Image \(i) \(error.words)")
    }
  }

  /// Makes an image the network's input; the memory has grown for it.
  func prepare(
    _ image: PixelImage, using memory: PredictionMemory, into input: UnsafeMutableBufferPointer<Float>
  ) throws(FormatError) {
    // SAFETY: the memory was made for the preprocessor's result and has grown for the image.
    let pixels = unsafe memory.resized.mutableBytes.assumingMemoryBound(to: UInt8.self)
    guard let start = pixels.baseAddress else { return }
    unsafe try preprocessor.resizing(of: image).run(memory.scratch, into: start)
    unsafe preprocessor.write(
      UnsafeBufferPointer(pixels), channels: preprocessor.resizedChannels, .centre(of: preprocessor.recipe),
      to: input)
  }
}

/// What is wrong with a `ferm_image`, in words that follow its number.
private struct ImageFault: Error { let words: String }

extension PixelImage {
  fileprivate init(_ image: ferm_image) throws(ImageFault) {
    let (width, height, channels) = unsafe (image.width, image.height, image.channels)
    guard let pixels = unsafe image.pixels else {
      throw ImageFault(words: "has no pixels: its pointer is NULL.")
    }
    guard (1...65_535).contains(width), (1...65_535).contains(height) else {
      throw ImageFault(
        words: "is \(unsigned(width)) x \(unsigned(height)) pixels; each side must be 1 to 65535.")
    }
    guard channels == 1 || channels == 3 else {
      let advice = channels == 4 ? "; leave out the fourth, which is alpha" : ""
      throw ImageFault(
        words: "has \(unsigned(channels)) channels; 1 is grey and 3 are R, G, B\(advice).")
    }
    let row = width * channels
    let stride = unsafe image.stride == 0 ? row : image.stride
    // A size_t beyond half of its range comes as a negative number.
    guard stride < 0 || stride >= row else {
      throw ImageFault(
        words: "has rows of \(row) bytes and a stride of \(stride); pass 0 for rows without a gap.")
    }
    // SAFETY: the caller lends `height` rows, `stride` bytes apart.
    guard (0...1 << 30).contains(stride),
      let image = unsafe PixelImage(
        pixels: UnsafeBufferPointer(start: pixels, count: stride * (height - 1) + row),
        width: width, height: height, channels: channels, stride: stride)
    else {
      throw ImageFault(words: "has a stride of \(unsigned(stride)) bytes; at most 2^30 are allowed.")
    }
    self = image
  }
}

/// A size_t as C wrote it.
private func unsigned(_ size: Int) -> UInt { UInt(bitPattern: size) }
