public import FermFormat

/// A model made ready to run: batch norm folded, weights packed, every buffer's place known.
///
/// Immutable: any number of sessions on any threads may share it. It keeps nothing of the file it came from.
public final class Plan: Sendable {
  /// The model's name.
  public let name: String
  /// How an image becomes the network's input.
  public let preprocessing: Preprocessing
  /// The classes, in the order of the logits.
  public let labels: LabelSet

  /// What a run does, in order; see ``Session/observer``.
  public let operations: [Operation]

  let steps: [Step]
  /// Floats that one image needs for all its values.
  let floatsPerImage: Int
  let input: Place
  let output: Place

  /// Prepares a model.
  ///
  /// - Throws: `graph` or `limit` for a model that no file could hold, `memory`.
  public init(_ model: Model) throws(FormatError) {
    let facts = try model.validate()
    var compiler = Compiler(model: model, facts: facts)
    try compiler.compile()
    var layout = MemoryLayoutPlanner(
      steps: compiler.steps, input: compiler.inputValue, output: compiler.outputValue)
    layout.place()
    name = model.name
    preprocessing = model.preprocessing
    labels = model.labels
    operations = compiler.operations
    steps = layout.steps
    floatsPerImage = layout.size
    input = layout.input
    output = layout.output
  }

  /// Loads and prepares the model file at `path`.
  public convenience init(path: String) throws(FormatError) {
    try self.init(try ModelFile(path: path).loadModel())
  }
}

/// One step of a plan, in words and figures.
public struct Operation: Sendable {
  /// The layer that it computes: `conv1a`, or an operator's name.
  public let name: String
  /// The result for one image.
  public let output: Shape
  /// Multiply-adds for one image by the definition of the operator, however it is computed.
  public let multiplyAdds: Int
}

/// A value while it is in memory: its shape, and where it begins, in floats per image.
struct Place: Equatable, Sendable {
  /// Which value of the compiled network this is.
  var value: Int
  /// `[C, H, W]`; vectors are `[F, 1, 1]`.
  var shape: Shape
  /// In floats; times the number of images of a run.
  var offset = 0
}
