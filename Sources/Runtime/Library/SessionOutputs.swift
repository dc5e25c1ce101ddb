// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// Rows of the wanted outputs for each preprocessed input.
@c @implementation
public func ferm_session_outputs(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ rows: UnsafePointer<ferm_rows>?, _ rows_size: Int, _ rows_count: Int
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = handle.session.plan.refusal(ofCount: count) { return refusal }
  let lent = unsafe LentRows(start: rows, size: rows_size, count: rows_count)
  if let refusal = lent.refusal(by: handle.session.plan, images: count) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let input = unsafe input else { return refused(FERM_ARGUMENT, "input is NULL.") }
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      // SAFETY: the caller lends `count` inputs, and room for as many rows of each wanted output.
      unsafe handle.session.run(input, count: count) { unsafe lent.place(of: $0) }
      try unsafe handle.session.check(lent, of: input, first: 0, count: count)
    }
  }
}

/// The same for 8-bit images.
@c @implementation
public func ferm_session_image_outputs(
  _ session: OpaquePointer?, _ images: UnsafePointer<ferm_image>?, _ image_size: Int, _ count: Int,
  _ rows: UnsafePointer<ferm_rows>?, _ rows_size: Int, _ rows_count: Int
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = LentImages.refusal(ofSize: image_size) { return refusal }
  if let refusal = handle.session.plan.refusal(ofCount: count) { return refusal }
  let lent = unsafe LentRows(start: rows, size: rows_size, count: rows_count)
  if let refusal = lent.refusal(by: handle.session.plan, images: count) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let images = unsafe images else { return refused(FERM_ARGUMENT, "images is NULL.") }
  let shown = unsafe LentImages(start: images, size: image_size, count: count)
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let (session, memory) = (handle.session, handle.memory)
      try memory.grow(for: shown, by: session.preprocessor)
      var found: FormatError?
      try unsafe session.forEachPass(
        of: count, using: memory,
        { i, room throws(FormatError) in
          try unsafe session.prepare(memory.image(i, of: shown), using: memory, into: room)
        }
      ) { inputs, first, count throws(FormatError) in
        unsafe session.run(inputs, count: count) { output in
          unsafe lent.place(of: output).map { unsafe $0 + first * session.plan.outputs[output].count }
        }
        // The rows of the other images are right, and those that come later shall be.
        do throws(FormatError) {
          try unsafe session.check(lent, of: inputs, first: first, count: count)
        } catch { found = found ?? error }
      }
      if let found { throw found }
    }
  }
}

extension Session {
  /// Throws where a row of an image is not finite.
  fileprivate func check(
    _ rows: LentRows, of input: UnsafePointer<Float>, first: Int, count: Int
  ) throws(FormatError) {
    for (number, output) in plan.outputs.enumerated() {
      guard let place = unsafe rows.place(of: number) else { continue }
      // SAFETY: both hold as many images.
      let fault = unsafe fault(
        of: UnsafeBufferPointer(start: place + first * output.count, count: count * output.count),
        output: number, from: UnsafeBufferPointer(start: input, count: count * plan.inputSize), first: first)
      if let fault { throw fault }
    }
  }
}

/// Where a call's results go, each a `ferm_rows` of the program's version, which may be newer than the library's.
@safe private struct LentRows {
  // SAFETY: the caller lends `count` of them, `size` bytes apart, until the call returns; they need not be aligned.
  let start: UnsafePointer<ferm_rows>?
  let size: Int
  let count: Int

  /// Why the rows cannot be written; nil where they can.
  func refusal(by plan: Plan, images: Int) -> ferm_status? {
    let outputs = plan.outputs
    guard unsafe ferm_is_struct_size(size, MemoryLayout<ferm_rows>.size) != 0 else {
      return refused(FERM_ARGUMENT, "rows_size must be sizeof(ferm_rows).")
    }
    guard unsafe count == 0 || start != nil else { return refused(FERM_ARGUMENT, "rows is NULL.") }
    guard (0...outputs.count).contains(count) else {
      return refused(FERM_ARGUMENT, "There are more rows than the model has outputs.")
    }
    for i in 0..<count {
      guard let rows = unsafe self[i] else {
        return refused(
          FERM_UNSUPPORTED,
          "The rows have a field that this library does not know; make it 0, or use a newer library.")
      }
      let (output, capacity) = unsafe (rows.output, rows.capacity)
      guard outputs.indices.contains(output) else {
        return refused(FERM_ARGUMENT, "The model has no output of that number.")
      }
      for other in 0..<i where unsafe self[other]?.output == output {
        return refused(FERM_ARGUMENT, "Two of the rows are for one output.")
      }
      guard unsafe images == 0 || rows.numbers != nil else {
        return refused(FERM_ARGUMENT, "numbers is NULL.")
      }
      guard plan.hasRoom(capacity, for: images, rowsOf: outputs[output].count) else {
        return refused(FERM_ARGUMENT, "There is room for fewer floats than count times those of the output.")
      }
    }
    return nil
  }

  /// Where the rows of an output go; nil where nobody wants them.
  func place(of output: Int) -> UnsafeMutablePointer<Float>? {
    for i in 0..<count {
      if let rows = unsafe self[i], unsafe rows.output == output { return unsafe rows.numbers }
    }
    return nil
  }

  /// One of them; nil for one of which the library does not know all.
  private subscript(_ i: Int) -> ferm_rows? {
    guard let start = unsafe start else { return nil }
    var known = unsafe ferm_rows()
    let given = unsafe UnsafeRawPointer(start) + i * size
    guard unsafe ferm_copy_struct(&known, MemoryLayout<ferm_rows>.size, given, size) != 0 else { return nil }
    return unsafe known
  }
}
