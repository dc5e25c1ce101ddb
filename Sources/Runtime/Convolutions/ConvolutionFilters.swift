internal import FermFormat
internal import FermSystem

/// The filters of a convolution: as they are, and in the forms that sessions read.
///
/// Layers that take one tensor as it is share them. A form is made when the first session wants it, shared by all that do,
/// and gone with the last of them.
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

  /// `[O][depth]` in fp32.
  let plain: AlignedBytes
  private var packed: [(form: Form, weights: AlignedBytes, users: Int)] = []

  init(_ plain: AlignedBytes) { self.plain = plain }

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
