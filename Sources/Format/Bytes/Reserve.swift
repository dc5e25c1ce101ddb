internal import FermSystem

/// Asks, before a step that may take up to so many bytes for Swift's own objects, whether the call of the C API in progress
/// may go on.
///
/// In libferm such a call holds as much in reserve, since Swift itself cannot be refused memory (Format/System/reserve.c).
/// In other builds it does nothing.
/// - Throws: `memory` when the system refused some before, or has no more for the reserve.
package func requireMemory(_ bytes: Int) throws(FormatError) {
  guard bytes >= 0, ferm_reserve_require(bytes) != 0 else { throw .noMemory }
}

extension FormatError {
  /// Says no more than it can without memory.
  package static var noMemory: FormatError { FormatError(.memory, "There is not enough memory.") }
}
