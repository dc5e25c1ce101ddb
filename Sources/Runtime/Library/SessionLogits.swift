// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// A row of logits for each preprocessed input.
@c @implementation
public func ferm_session_logits(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ logits: UnsafeMutablePointer<Float>?
) -> ferm_status {
  unsafe ferm_session_logits_into(session, input, count, logits, roomOfOldCalls(count))
}

/// The same, with the room that the caller states.
@c @implementation
public func ferm_session_logits_into(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ logits: UnsafeMutablePointer<Float>?, _ capacity: Int
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = handle.session.plan.refusal(of: count, capacity) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let input = unsafe input else { return refused(FERM_ARGUMENT, "input is NULL.") }
  guard let logits = unsafe logits else { return refused(FERM_ARGUMENT, "logits is NULL.") }
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let plan = handle.session.plan
      let scores = plan.scores ?? 0
      // SAFETY: the caller lends `count` inputs and room for as many rows of logits.
      unsafe handle.session.run(input, count: count) { unsafe $0 == scores ? logits : nil }
      let fault = unsafe handle.session.fault(
        of: UnsafeBufferPointer(start: logits, count: count * plan.classes), output: scores,
        from: UnsafeBufferPointer(start: input, count: count * plan.inputSize))
      if let fault { throw fault }
    }
  }
}

extension Plan {
  /// What is wrong with a number of images, or with room for so many floats as their class scores; nil if nothing is.
  func refusal(of count: Int, _ capacity: Int) -> ferm_status? {
    if let refusal = refusal(ofCount: count) { return refusal }
    if let fault = scoresFault { return status { () throws(FormatError) in throw fault } }
    guard hasRoom(capacity, for: count, rowsOf: classes) else {
      return refused(FERM_ARGUMENT, "There is room for fewer floats than count times the model's labels.")
    }
    return nil
  }

  /// What is wrong with a number of images: whatever is computed of it later must not overflow.
  func refusal(ofCount count: Int) -> ferm_status? {
    let widest = outputs.reduce(inputSize) { max($0, $1.count) }
    guard (0...min(Int.max / 8 / widest, Int(clamping: Int64(1) << 40))).contains(count) else {
      return refused(FERM_ARGUMENT, "count is more than any memory holds.")
    }
    return nil
  }

  /// Whether there is room for a number of rows; a size_t beyond half of its range comes as a negative number.
  func hasRoom(_ capacity: Int, for count: Int, rowsOf width: Int) -> Bool {
    capacity < 0 || capacity >= count * width
  }
}

/// The floats that a program may have made room for if it was built when there were calls without `capacity` alone.
func roomOfOldCalls(_ count: Int) -> Int { count &* Int(FERM_MAX_LABELS) }
