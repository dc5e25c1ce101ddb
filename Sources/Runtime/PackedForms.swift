internal import FermFormat
internal import FermSystem

/// A layer's weights in the forms that sessions read: each is made when the first session wants it, shared by all that do, and
/// gone with the last of them.
@safe final class PackedForms: @unchecked Sendable {
  /// What the order and the type of packed weights follow from.
  struct Form: Equatable {
    /// Of the way to compute that reads them.
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

  private var packed: [(form: Form, weights: AlignedBytes, users: Int)] = []

  /// The weights in one form.
  func use(
    _ form: Form, make: () throws(FormatError) -> AlignedBytes
  ) throws(FormatError) -> PackedWeights {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    if let known = packed.firstIndex(where: { $0.form == form }) {
      packed[known].users += 1
      return PackedWeights(self, form, packed[known].weights)
    }
    let weights = try make()
    packed.append((form, weights, 1))
    return PackedWeights(self, form, weights)
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

/// One session's use of packed weights.
final class PackedWeights: Sendable {
  private let forms: PackedForms
  private let form: PackedForms.Form
  private let weights: AlignedBytes

  fileprivate init(_ forms: PackedForms, _ form: PackedForms.Form, _ weights: AlignedBytes) {
    self.forms = forms
    self.form = form
    self.weights = weights
  }

  deinit { forms.giveUp(form) }

  /// The number of bytes.
  var count: Int { weights.count }
  /// The weights as floats, valid as long as this object lives.
  var floats: UnsafeMutablePointer<Float> { unsafe weights.floats }
  /// The same as 32-bit integers.
  var integers: UnsafeMutablePointer<Int32> { unsafe weights.integers }
}
