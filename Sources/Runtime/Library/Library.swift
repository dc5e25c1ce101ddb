// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The C API: one function of ferm.h each, thin. Handles are retained objects; texts live as long as their model.
internal import CFerm
internal import FermFormat
internal import FermSystem

/// Runs a body and turns its error into a status and this thread's last-error text.
///
/// - Parameters:
///   - path: of the file that the body reads, which the text names; nil where there is none.
///   - reserve: what the body falls back on where memory is short; nil for one that ends with the call.
///   - bytes: how much that is at first; ``requireMemory(_:)`` adds to it.
func status(
  of path: UnsafePointer<CChar>? = nil, _ reserve: CallReserve? = nil, bytes: Int = CallReserve.usual,
  _ body: () throws(FormatError) -> Void
) -> ferm_status {
  if let reserve { return unsafe status(of: path, keepingReserveAt: reserve.place, bytes: bytes, body) }
  var place: OpaquePointer?
  // SAFETY: the reserve is dropped before its place goes.
  defer { unsafe ferm_reserve_drop(&place) }
  return unsafe status(of: path, keepingReserveAt: &place, bytes: bytes, body)
}

private func status(
  of path: UnsafePointer<CChar>?, keepingReserveAt place: UnsafeMutablePointer<OpaquePointer?>, bytes: Int,
  _ body: () throws(FormatError) -> Void
) -> ferm_status {
  guard unsafe ferm_reserve_enter(place, bytes) != 0 else {
    return refused(Int(FERM_MEMORY), "There is not enough memory.")
  }
  defer { ferm_reserve_leave() }
  do {
    try body()
    return ferm_status(FERM_OK)
  } catch {
    unsafe fail(error.description, path)
    return ferm_status(error.code.rawValue)
  }
}

/// Copies what a program has of a struct of options; NULL leaves the usual ones.
///
/// - Parameter sizeFault: what to say of a size that the struct cannot have.
/// - Returns: nil, or the status of a refusal.
func copy<Options>(
  _ options: UnsafePointer<Options>?, to known: inout Options, sizeFault: StaticString
) -> ferm_status? {
  guard let options = unsafe options else { return nil }
  // SAFETY: the size comes first in every version, and the caller lends as many bytes.
  let size = unsafe UnsafeRawPointer(options).loadUnaligned(as: Int.self)
  guard ferm_is_struct_size(size, MemoryLayout<Int>.size) != 0 else {
    return refused(Int(FERM_ARGUMENT), sizeFault)
  }
  let isKnown = unsafe withUnsafeMutablePointer(to: &known) { known in
    unsafe ferm_copy_struct(known, MemoryLayout<Options>.size, options, size) != 0
  }
  guard isKnown else {
    return refused(
      Int(FERM_UNSUPPORTED),
      "The options have a field that this library does not know; make it 0, or use a newer library.")
  }
  return nil
}

/// Notes a misuse of the library.
func refused(_ code: Int, _ message: StaticString) -> ferm_status {
  // SAFETY: a static string's bytes live as long as the program.
  unsafe message.utf8Start.withMemoryRebound(to: CChar.self, capacity: message.utf8CodeUnitCount) {
    unsafe ferm_set_last_error($0, message.utf8CodeUnitCount)
  }
  return ferm_status(code)
}

private func fail(_ message: String, _ path: UnsafePointer<CChar>?) {
  var message = message
  // SAFETY: the callee copies the bytes before it returns; the path ends with NUL.
  message.withUTF8 { utf8 in
    guard let start = utf8.baseAddress else { return }
    unsafe start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
      if let path = unsafe path {
        unsafe ferm_set_last_error_about(path, $0, utf8.count)
      } else {
        unsafe ferm_set_last_error($0, utf8.count)
      }
    }
  }
}
