internal import FermFormat
internal import FermSystem

/// The filters of a convolution: as the file has them, and in the forms that sessions read.
///
/// Layers that take one tensor share its elements, and those that take it as it is share the forms too.
@safe final class ConvolutionFilters: Sendable {
  /// `[O][depth]` as they are stored.
  private let weight: Model.Weight
  /// What a batch norm multiplies each output's filter by; empty without one.
  private let factors: [Double]
  private let forms = PackedForms()

  /// - Parameter norm: the batch norm that is folded into them.
  init(_ weight: Model.Weight, norm: FoldedNorm? = nil) {
    self.weight = weight
    factors = norm?.scale ?? []
  }

  /// Bytes of the elements as they are stored.
  var byteCount: Int { weight.data.count }

  /// The filters in one form.
  func packed(
    as form: PackedForms.Form, make: () throws(FormatError) -> AlignedBytes
  ) throws(FormatError) -> PackedWeights {
    try forms.use(form, make: make)
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
    of columns: Int, by packing: PackingThreads,
    _ body: (_ panel: Int, _ filters: UnsafePointer<Float>) -> Void
  ) throws(FormatError) {
    let (outputs, shape) = (weight.info.shape[0], weight.info.shape)
    let panels = (outputs + columns - 1) / columns
    let floats = (min(columns, outputs) * (shape.count / outputs)).inWhole(16)
    let parts = max(1, min(packing.workers.count, panels, Self.widenedBytes / (4 * floats)))
    let widened = try packing.room(floats: floats * parts)
    packing.workers.forEach(parts) { part in
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
