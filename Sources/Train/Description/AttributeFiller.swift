internal import FermFormat

/// Gives an operator the attributes that a line states, and its tensors names and shapes.
///
/// Both follow from the operator's own list of attributes: `stride` says `stride_height` and `stride_width`, `padding` all four
/// sides, `size` the `height` and `width` of what an adaptive pool gives.
struct AttributeFiller: AttributeVisitor {
  /// The tensors that were made, in the order of the attributes.
  private(set) var tensors: [TensorInfo] = []

  /// How a layer with a weight begins, and a normalisation's scale, where the line says so.
  private(set) var initialisation: Initialisation?
  private(set) var scale: Float?

  private let operation: String
  private let line: Int
  private let scope: DescriptionScope
  private let input: Shape
  private let firstTensor: Int
  /// The layer's name, where it has tensors.
  private var prefix = ""
  /// The numbers of its outputs and of the taps of a convolution's window, where it has a weight.
  private var outputs = 0
  private var window: Extent?
  /// What the line states, and what of that no attribute took yet.
  private let stated: [NetworkDescription.Option]
  private var options: [NetworkDescription.Option]
  /// The options that there are, as far as they were asked for.
  private var known: [String] = []
  private var integers: [String: Int] = [:]

  /// - Parameters:
  ///   - input: the shape of the first value that the operator takes.
  ///   - firstTensor: the index of the next tensor.
  init(
    _ operator: Operator, _ step: NetworkDescription.Step, line: Int, input: Shape, firstTensor: Int,
    _ scope: DescriptionScope
  ) throws(DescriptionFault) {
    (operation, self.line, self.input, self.firstTensor) = (step.operation, line, input, firstTensor)
    (self.scope, stated, options) = (scope, step.options, step.options)
    let kinds = `operator`.tensors.map { $0.kind }
    let form = (kinds.isEmpty ? [] : ["NAME"]) + (kinds.contains(.weight) ? ["OUTPUTS"] : [])
    guard step.arguments.count == form.count else {
      throw DescriptionFault(
        line,
        "it is written `\(([operation] + form).joined(separator: " "))`, and then options such as `stride=2`."
      )
    }
    guard !kinds.isEmpty else { return }
    prefix = try scope.name(step.arguments[0], line: line)
    try begin(kinds)
    guard kinds.contains(.weight) else { return }
    outputs = try scope.number(step.arguments[1], line: line)
    if case .convolution = `operator` {
      window = Extent(height: try side("window_height"), width: try side("window_width"))
    }
  }

  /// Takes `initial`, which no file holds.
  private mutating func begin(_ kinds: [TensorKind]) throws(DescriptionFault) {
    if kinds.contains(.weight), let text = option("initial") {
      guard let place = ["fan_in", "fan_out"].firstIndex(of: text) else {
        throw DescriptionFault(line, "initial is fan_in, as it is when nothing is said, or fan_out.")
      }
      initialisation = place == 0 ? .fanIn : .fanOut
    }
    if kinds.contains(.norm), let text = option("initial") {
      guard let number = Float(text), number.isFinite else {
        throw DescriptionFault(line, "initial is the number that all scales begin with, as in `initial=0`.")
      }
      scale = number
    }
  }

  /// Refuses options that the operator has not.
  func finish() throws(DescriptionFault) {
    guard let option = options.first else { return }
    let list = known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
    throw DescriptionFault(line, "\(operation) has no option \(option.key.quoted); \(list).")
  }

  // MARK: - Numbers

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(DescriptionFault) {
    let name = name.description
    if let text = option(name) {
      value = text == "same" && name.hasPrefix("pad_") ? try same(name) : try scope.number(text, line: line)
    }
    guard range.contains(value) else {
      throw DescriptionFault(
        line, "\(short(name)) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
    }
    integers[name] = value
  }

  mutating func real(
    _ name: StaticString, _ value: inout Float, in range: RealRange
  ) throws(DescriptionFault) {
    let name = name.description
    guard let text = option(name) else { return }
    guard let number = Float(text), range.contains(number) else {
      throw DescriptionFault(line, "\(name) is a number such as 0.001, and \(text.quoted) will not do.")
    }
    value = number
  }

  /// The padding of one side that makes an output for every step of the stride; what is odd goes below and to the right.
  private mutating func same(_ name: String) throws(DescriptionFault) -> Int {
    guard input.rank == 3 else {
      throw DescriptionFault(
        line, "\(operation) takes a map of channels, height and width, not \(input.description).")
    }
    let isVertical = name == "pad_top" || name == "pad_bottom"
    let axis = isVertical ? "height" : "width"
    let taps = window.map { isVertical ? $0.height : $0.width } ?? integers["window_\(axis)"]
    guard let taps, let stride = integers["stride_\(axis)"] else {
      throw DescriptionFault(line, "\(operation) has no window, so no padding is the same.")
    }
    let dilation =
      try option("dilation_\(axis)").map { text throws(DescriptionFault) in
        try scope.number(text, line: line)
      } ?? 1
    let side = input[isVertical ? 1 : 2]
    // Bounded, as a dilation is checked behind the padding.
    let window = min(taps - 1, 1 << 20) * min(max(dilation, 1), 1 << 20) + 1
    let whole = max(0, (side + stride - 1) / stride * stride - stride + window - side)
    return name == "pad_top" || name == "pad_left" ? whole / 2 : whole - whole / 2
  }

  /// What the line says of an attribute, by its own name or by that for several.
  private mutating func option(_ name: String) -> String? {
    let short = short(name)
    if !known.contains(short) { known.append(short) }
    for key in [name, short] {
      if let place = stated.firstIndex(where: { $0.key == key }) {
        options.removeAll { $0.key == key }
        return stated[place].value
      }
    }
    return nil
  }

  /// The name for the attribute and its siblings.
  private func short(_ name: String) -> String {
    if name == "height" || name == "width" { return "size" }
    if ["pad_top", "pad_left", "pad_bottom", "pad_right"].contains(name) { return "padding" }
    for ending in ["_height", "_width"] where name.hasSuffix(ending) {
      return String(name.dropLast(ending.utf8.count))
    }
    return name
  }

  /// A side of a convolution's window, which no attribute holds but the weight's shape.
  private mutating func side(_ name: String) throws(DescriptionFault) -> Int {
    guard let text = option(name) else {
      throw DescriptionFault(line, "a convolution needs the side of its window, as in `window=3`.")
    }
    return try scope.number(text, line: line)
  }

  // MARK: - Tensors

  mutating func tensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int
  ) throws(DescriptionFault) {
    let dimensions: [Int]
    switch kind {
    case .weight: dimensions = try weight()
    case .bias: dimensions = [outputs]
    case .norm, .slope, .mean, .variance: dimensions = [input[0]]
    }
    // As PyTorch calls them.
    let ending =
      switch kind {
      case .weight, .slope: "weight"
      case .mean: "running_mean"
      case .variance: "running_var"
      case .bias, .norm: name.description
      }
    let full = "\(prefix).\(ending)"
    guard full.isName else {
      throw DescriptionFault(
        line, "the tensor \(full.quoted) has a name of more than \(Limits.nameBytes) bytes.")
    }
    guard let shape = Shape(stated: dimensions) else {
      throw DescriptionFault(
        line,
        "the tensor \(full) would be \(Shape(dimensions).description); a side is 1 to \(Limits.dimension), and there are at most \(Limits.elements) elements."
      )
    }
    index = firstTensor + tensors.count
    tensors.append(TensorInfo(name: full, type: .fp32, shape: shape))
  }

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(DescriptionFault) {
    let text = option(name.description)
    guard text == nil || text == "yes" || text == "no" else {
      throw DescriptionFault(line, "\(name.description) is yes or no.")
    }
    guard text != "no" else { return }
    var made = 0
    try tensor(name, kind, &made)
    index = made
  }

  private mutating func weight() throws(DescriptionFault) -> [Int] {
    guard let window else { return [outputs, input.count] }
    let groups =
      try option("groups").map { text throws(DescriptionFault) in
        try scope.number(text, line: line)
      } ?? 1
    guard groups >= 1, input[0] % groups == 0, outputs % groups == 0 else {
      throw DescriptionFault(
        line, "\(input[0]) channels and \(outputs) outputs cannot be divided into \(groups) groups.")
    }
    return [outputs, input[0] / groups, window.height, window.width]
  }
}
