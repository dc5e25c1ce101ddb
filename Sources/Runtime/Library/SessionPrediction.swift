// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// A row of probabilities for each 8-bit image.
@c @implementation
public func ferm_session_predict(
  _ session: OpaquePointer?, _ images: UnsafePointer<ferm_image>?, _ count: Int,
  _ probabilities: UnsafeMutablePointer<Float>?
) -> ferm_status {
  unsafe ferm_session_predict_into(
    session, images, MemoryLayout<ferm_image>.size, count, probabilities, roomOfOldCalls(count))
}

/// The same for images that may grow with versions, and room that the caller states.
@c @implementation
public func ferm_session_predict_into(
  _ session: OpaquePointer?, _ images: UnsafePointer<ferm_image>?, _ image_size: Int, _ count: Int,
  _ probabilities: UnsafeMutablePointer<Float>?, _ capacity: Int
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = LentImages.refusal(ofSize: image_size) { return refusal }
  if let refusal = handle.session.plan.refusal(of: count, capacity) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let images = unsafe images else { return refused(FERM_ARGUMENT, "images is NULL.") }
  guard let probabilities = unsafe probabilities else {
    return refused(FERM_ARGUMENT, "probabilities is NULL.")
  }
  let lent = unsafe LentImages(start: images, size: image_size, count: count)
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let (session, memory) = (handle.session, handle.memory)
      try memory.grow(for: lent, by: session.preprocessor)
      try unsafe session.predict(count, using: memory, into: probabilities) { i, room throws(FormatError) in
        try unsafe session.prepare(memory.image(i, of: lent), using: memory, into: room)
      }
    }
  }
}

extension Session {
  /// Probabilities of images, each made the network's input by `prepare`; none is written unless all of them can be.
  @unsafe func predict(
    _ images: Int, using memory: PredictionMemory, into probabilities: UnsafeMutablePointer<Float>,
    prepare: (_ image: Int, _ input: UnsafeMutableBufferPointer<Float>) throws(FormatError) -> Void
  ) throws(FormatError) {
    let (scores, classes) = (plan.scores ?? 0, plan.classes)
    try memory.grow(results: 4 * classes * images)
    let results = unsafe memory.results.floats
    try unsafe forEachPass(of: images, using: memory, prepare) { inputs, first, count throws(FormatError) in
      let rows = unsafe results + first * classes
      unsafe run(inputs, count: count) { unsafe $0 == scores ? rows : nil }
      let fault = unsafe fault(
        of: UnsafeBufferPointer(start: rows, count: count * classes), output: scores,
        from: UnsafeBufferPointer(start: inputs, count: count * plan.inputSize), first: first)
      if let fault { throw fault }
    }
    for i in 0..<images {
      unsafe softmax(
        UnsafeBufferPointer(start: results + i * classes, count: classes),
        temperature: plan.labels.temperature,
        into: probabilities + i * classes)
    }
  }

  /// Prepares images for one pass after the other, for each of which `body` is called with the inputs, the first image's number
  /// and the number of images.
  @unsafe func forEachPass(
    of images: Int, using memory: PredictionMemory,
    _ prepare: (_ image: Int, _ input: UnsafeMutableBufferPointer<Float>) throws(FormatError) -> Void,
    _ body: (_ inputs: UnsafePointer<Float>, _ first: Int, _ count: Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    let (inputs, size) = unsafe (memory.inputs.floats, plan.inputSize)
    for first in stride(from: 0, to: images, by: passImages) {
      let count = min(passImages, images - first)
      for i in 0..<count {
        // SAFETY: inputs has room for passImages inputs.
        try unsafe prepare(first + i, UnsafeMutableBufferPointer(start: inputs + i * size, count: size))
      }
      try unsafe body(inputs, first, count)
    }
  }

  /// Makes an image the network's input; the memory has grown for it.
  func prepare(
    _ image: PixelImage, using memory: PredictionMemory, into input: UnsafeMutableBufferPointer<Float>
  ) throws(FormatError) {
    // SAFETY: the memory was made for the preprocessor's result and has grown for the image.
    let pixels = unsafe memory.resized.mutableBytes.assumingMemoryBound(to: UInt8.self)
    guard let start = pixels.baseAddress else { return }
    unsafe try preprocessor.resizing(of: image).run(memory.scratch, with: preprocessor.kernels, into: start)
    unsafe preprocessor.write(
      UnsafeBufferPointer(pixels), channels: preprocessor.resizedChannels, .centre(of: preprocessor.recipe),
      to: input)
  }
}
