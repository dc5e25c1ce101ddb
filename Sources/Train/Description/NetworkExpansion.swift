internal import FermFormat

/// Follows the lines of a description, and makes a node of each operator.
struct NetworkExpansion {
  private let description: NetworkDescription
  private let classes: Int
  private(set) var result = DescribedGraph()
  /// The shape of every value, and the line that made it; value 0 is the input.
  private var shapes: [Shape]
  private var lines: [Int?] = [nil]
  private var isTaken = [false]
  private var names = Set<String>()
  private var usedBlocks = Set<String>()

  /// The graph that a description stands for.
  ///
  /// - Parameter side: that of the crops.
  /// - Throws: naming the line.
  static func graph(
    _ description: NetworkDescription, side: Int, classes: Int
  ) throws(DescriptionFault) -> DescribedGraph {
    let channels = description.preprocessing.inputShape[0]
    var expansion = NetworkExpansion(description, input: Shape(channels, side, side), classes: classes)
    var scope = DescriptionScope(input: expansion.value(0), classes: classes)
    try expansion.follow(description.statements, &scope, depth: 0)
    try expansion.finish(scope.last)
    return expansion.result
  }

  private init(_ description: NetworkDescription, input: Shape, classes: Int) {
    (self.description, self.classes, shapes) = (description, classes, [input])
  }

  /// Whether a word is an operator's, or stands where one may.
  static func isOperation(_ word: String) -> Bool { word == dropoutWord || operators[word] != nil }

  private static let dropoutWord = "dropout"
  private static let operators = Dictionary(uniqueKeysWithValues: Operator.all.map { ($0.name, $0) })

  private func value(_ index: Int) -> DescriptionScope.Value {
    DescriptionScope.Value(index: index, channels: shapes[index][0])
  }

  // MARK: - Lines

  private mutating func follow(
    _ statements: [NetworkDescription.Statement], _ scope: inout DescriptionScope, depth: Int
  ) throws(DescriptionFault) {
    for statement in statements {
      let line = statement.line
      try count(line)
      switch statement.action {
      case .step(let step): try follow(step, line, &scope, depth: depth)
      case .repetition(let repetition):
        scope.channels = scope.last.channels
        let first = try scope.number(repetition.first, line: line)
        let last = try scope.number(repetition.last, line: line)
        for counter in stride(from: first, through: last, by: 1) {
          // Each turn counts, for a repeat without lines.
          try count(line)
          try scope.define(repetition.counter, .number(counter), line: line)
          try follow(repetition.body, &scope, depth: depth)
          scope.forget(repetition.counter)
        }
      }
    }
  }

  private mutating func count(_ line: Int) throws(DescriptionFault) {
    result.steps += 1
    guard result.steps <= NetworkDescription.stepLimit else {
      throw DescriptionFault(
        line, "the network has more than \(NetworkDescription.stepLimit) lines, counting repeats and blocks.")
    }
  }

  private mutating func follow(
    _ step: NetworkDescription.Step, _ line: Int, _ scope: inout DescriptionScope, depth: Int
  ) throws(DescriptionFault) {
    var inputs: [DescriptionScope.Value] = []
    for word in step.inputs { inputs.append(try scope.value(word, line: line)) }
    if inputs.isEmpty { inputs = [scope.last] }
    scope.channels = inputs[0].channels
    if let block = description.blocks[step.operation] {
      scope.last = try follow(block, step, line, of: inputs, scope, depth: depth)
    } else if step.operation == Self.dropoutWord {
      scope.last = try dropout(step, line, of: inputs)
    } else if let `operator` = Self.operators[step.operation] {
      scope.last = try node(`operator`, step, line, of: inputs, scope)
    } else {
      let known = Operator.all.map { $0.name }.joined(separator: ", ")
      throw DescriptionFault(
        line,
        "there is no operator or block \(step.operation.quoted); operators are \(known) and \(Self.dropoutWord)."
      )
    }
    if let name = step.result { try scope.define(name, .value(scope.last), line: line) }
  }

  // MARK: - Blocks

  private mutating func follow(
    _ block: NetworkDescription.Block, _ step: NetworkDescription.Step, _ line: Int,
    of inputs: [DescriptionScope.Value], _ scope: DescriptionScope, depth: Int
  ) throws(DescriptionFault) -> DescriptionScope.Value {
    guard depth < NetworkDescription.depthLimit else {
      throw DescriptionFault(
        line, "blocks use each other more than \(NetworkDescription.depthLimit) deep; does one use itself?")
    }
    guard step.arguments.count == block.parameters.count, step.options.isEmpty, inputs.count == 1 else {
      let form = ([step.operation] + block.parameters.map { $0.name.uppercased() }).joined(separator: " ")
      throw DescriptionFault(line, "this block is used as `\(form)`, of one value.")
    }
    usedBlocks.insert(step.operation)
    var parameters: [String: DescriptionScope.Meaning] = [:]
    for (parameter, word) in zip(block.parameters, step.arguments) {
      parameters[parameter.name] =
        parameter.isName
        ? .name(try scope.name(word, line: line)) : .number(try scope.number(word, line: line))
    }
    var inner = DescriptionScope(input: inputs[0], classes: classes, parameters)
    do { try follow(block.body, &inner, depth: depth + 1) } catch {
      var fault = error
      fault.caller = line
      throw fault
    }
    return inner.last
  }

  // MARK: - Operators

  private mutating func dropout(
    _ step: NetworkDescription.Step, _ line: Int, of inputs: [DescriptionScope.Value]
  ) throws(DescriptionFault) -> DescriptionScope.Value {
    guard step.arguments.count == 1, step.options.isEmpty, inputs.count == 1,
      let rate = Float(step.arguments[0]), (0...0.95).contains(rate)
    else {
      throw DescriptionFault(
        line, "dropout takes the share that training drops, 0 to 0.95, as in `dropout 0.2`.")
    }
    let value = inputs[0].index
    guard !isTaken[value], result.training.dropout[value] == nil else {
      throw DescriptionFault(
        line, "a line above takes this value already; dropout stands directly behind what makes it.")
    }
    result.training.dropout[value] = rate
    return inputs[0]
  }

  private mutating func node(
    _ operator: Operator, _ step: NetworkDescription.Step, _ line: Int, of inputs: [DescriptionScope.Value],
    _ scope: DescriptionScope
  ) throws(DescriptionFault) -> DescriptionScope.Value {
    guard `operator`.inputCount.contains(inputs.count) else {
      let count = `operator`.inputCount
      throw DescriptionFault(
        line,
        count.upperBound == 1
          ? "\(step.operation) takes one value."
          : "\(step.operation) takes \(count.lowerBound)\(count.count > 1 ? " to \(count.upperBound)" : "") values; name them, as in `\(step.operation) of x input`."
      )
    }
    guard result.graph.nodes.count < Limits.nodes else {
      throw DescriptionFault(line, "the network has more than \(Limits.nodes) operators.")
    }
    var filler = try AttributeFiller(
      `operator`, step, line: line, input: shapes[inputs[0].index], firstTensor: result.tensors.count, scope)
    var filled = `operator`
    try filled.visitAttributes(&filler)
    try filler.finish()
    for tensor in filler.tensors {
      guard names.insert(tensor.name).inserted else {
        throw DescriptionFault(
          line, "another line makes the tensor \(tensor.name) already; each layer has a name of its own.")
      }
    }
    if let name = filler.tensors.first?.name {
      result.training.initialisations[name] = filler.initialisation
      result.training.scales[name] = filler.scale
    }
    result.tensors += filler.tensors
    guard result.tensors.count <= Limits.tensors else {
      throw DescriptionFault(line, "the network has more than \(Limits.tensors) tensors.")
    }
    let shape: Shape
    do throws(FormatError) {
      shape = try filled.trainable.outputShape(of: inputs.map { shapes[$0.index] }, tensors: result.tensors)
    } catch { throw DescriptionFault(line, error.message) }
    guard Shape(stated: shape.dimensions) != nil else {
      throw DescriptionFault(line, "it makes \(shape.description), which is beyond all bounds.")
    }
    for input in inputs { isTaken[input.index] = true }
    result.graph.nodes.append(Node(filled, inputs: inputs.map { $0.index }))
    shapes.append(shape)
    lines.append(line)
    isTaken.append(false)
    return value(shapes.count - 1)
  }

  // MARK: - The whole

  private func finish(_ last: DescriptionScope.Value) throws(DescriptionFault) {
    guard last.index > 0, shapes[last.index] == Shape(classes) else {
      throw DescriptionFault(
        lines[last.index],
        "the last line gives \(shapes[last.index].description) where the classes need \(classes) numbers; `linear NAME classes` of a vector does."
      )
    }
    for value in shapes.indices where value != last.index && !isTaken[value] {
      throw DescriptionFault(
        lines[value], "no line takes \(value == 0 ? "the input" : "what this one makes").")
    }
    for (name, block) in description.blocks.sorted(by: { $0.value.line < $1.value.line })
    where !usedBlocks.contains(name) {
      throw DescriptionFault(block.line, "nothing uses this block.")
    }
    do throws(FormatError) {
      _ = try result.graph.validate(input: shapes[0], tensors: result.tensors, classes: classes)
    } catch { throw DescriptionFault(nil, error.message) }
  }
}
