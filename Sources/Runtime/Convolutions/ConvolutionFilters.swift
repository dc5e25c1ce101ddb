internal import FermFormat
internal import FermSystem

/// The filters of a convolution: as the file has them, and in the forms that sessions read.
///
/// Layers that take one tensor share its elements, and those that take it as it is share the forms too. A form is made when the
/// first session wants it, shared by all that do, and gone with the last of them.
@safe final class ConvolutionFilters: @unchecked Sendable {
  /// What the order and the type of packed filters follow from.
  struct Form: Equatable {
    /// Of the method that reads them.
    let method: String
    var precision = ElementType.fp32
    /// Channels of the input that lie side by side.
    var lanes = 0
    var groups = 1

    static func == (a: Form, b: Form) -> Bool {
      a.method.utf8.elementsEqual(b.method.utf8) && a.precision == b.precision && a.lanes == b.lanes
        && a.groups == b.groups
    }
  }

  /// `[O][depth]` as they are stored.
  private let weight: Model.Weight
  /// What a batch norm multiplies each output's filter by; empty without one.
  private let factors: [Double]
  private var packed: [(form: Form, weights: AlignedBytes, users: Int)] = []

  /// - Parameter norm: the batch norm that is folded into them.
  init(_ weight: Model.Weight, norm: FoldedNorm? = nil) {
    self.weight = weight
    factors = norm?.scale ?? []
  }

  /// Bytes of the elements as they are stored.
  var byteCount: Int { weight.data.count }

  /// The filters in one form.
  func packed(
    as form: Form, make: () throws(FormatError) -> AlignedBytes
  ) throws(FormatError) -> PackedFilters {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    if let known = packed.firstIndex(where: { $0.form == form }) {
      packed[known].users += 1
      return PackedFilters(self, form, packed[known].weights)
    }
    let weights = try make()
    packed.append((form, weights, 1))
    return PackedFilters(self, form, weights)
  }

  /// Ends one use of a form.
  fileprivate func giveUp(_ form: Form) {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    guard let known = packed.firstIndex(where: { $0.form == form }) else { return }
    packed[known].users -= 1
    // Nothing here may take memory: a session can be freed where there is none.
    if packed[known].users == 0 { packed.remove(at: known) }
    if packed.isEmpty { packed = [] }
  }
}

// MARK: - In fp32, some at a time

extension ConvolutionFilters {
  /// Threads widen no more filters at a time than this holds, but at least one of them a panel.
  private static let widenedBytes = 16 << 20

  /// Calls `body` once for each panel of `columns` outputs, with the panel's filters `[outputs of the panel][depth]` in fp32 and the
  /// batch norm folded in, rounded once; threads take panels by turns.
  ///
  /// The floats are lent for the time of the call, which must take no memory.
  /// - Throws: `memory` when there is none for a panel of each thread.
  func forEachPanel(
    of columns: Int, on workers: Workers,
    _ body: (_ panel: Int, _ filters: UnsafePointer<Float>) -> Void
  ) throws(FormatError) {
    let (outputs, shape) = (weight.info.shape[0], weight.info.shape)
    let panels = (outputs + columns - 1) / columns
    let floats = (min(columns, outputs) * (shape.count / outputs)).inWhole(16)
    let parts = max(1, min(workers.count, panels, Self.widenedBytes / (4 * floats)))
    let widened = try AlignedBytes(count: 4 * floats * parts)
    workers.forEach(parts) { part in
      for panel in stride(from: part, to: panels, by: parts) {
        // SAFETY: each part has room for the filters of one panel.
        let room = unsafe widened.floats + part * floats
        unsafe widen((panel * columns)..<min((panel + 1) * columns, outputs), into: room)
        unsafe body(panel, UnsafePointer(room))
      }
    }
  }

  /// Writes the filters of some outputs as they are computed with.
  private func widen(_ outputs: Range<Int>, into to: UnsafeMutablePointer<Float>) {
    unsafe weight.widen(outputs, into: to)
    guard !factors.isEmpty else { return }
    let depth = weight.info.shape.count / weight.info.shape[0]
    for (i, output) in outputs.enumerated() {
      unsafe ferm_multiply(to + i * depth, depth, factors[output])
    }
  }
}

/// One session's use of packed filters.
final class PackedFilters: Sendable {
  private let filters: ConvolutionFilters
  private let form: ConvolutionFilters.Form
  private let weights: AlignedBytes

  fileprivate init(_ filters: ConvolutionFilters, _ form: ConvolutionFilters.Form, _ weights: AlignedBytes) {
    self.filters = filters
    self.form = form
    self.weights = weights
  }

  deinit { filters.giveUp(form) }

  /// The number of bytes.
  var count: Int { weights.count }
  /// The filters, valid as long as this object lives.
  var floats: UnsafeMutablePointer<Float> { unsafe weights.floats }
}
