public import FermFormat

/// A model made ready to run: batch norm folded, layers fused, every buffer's place known.
///
/// Immutable: any number of sessions on any threads may share it. It keeps nothing of the file it came from.
/// Cost: each weight is decoded and packed once; docs/performance.md has times and memory.
///
/// ```swift
/// let plan = try Plan(path: "models/default.ferm")
/// let tests = try ModelFile(path: "models/default.ferm").selfTests
/// try plan.check(tests)  // throws where this machine computes otherwise than the file expects
/// ```
public final class Plan: Sendable {
  /// The model's name.
  public let name: String
  /// How an image becomes the network's input.
  public let preprocessing: Preprocessing
  /// The classes, in the order of the logits.
  public let labels: LabelSet

  /// What a run does, in order; see ``Session/observer``.
  public let descriptions: [StepDescription]

  /// What a run does, in order; a session gives the values their places.
  let steps: [PlanStep]
  let output: Place
  /// Numbers of one input, and of its logits; asked for in runs, which allocate nothing.
  let inputSize: Int
  let classes: Int
  let kernels: KernelTable

  /// Prepares a model.
  ///
  /// - Parameter instructions: nil for what `FERM_INSTRUCTIONS` asks for, or else the best.
  /// - Throws: `graph` or `limit` for a model that no file could hold, `work` or `memory` for one that would take too much, `unsupported` for instructions that this
  ///   processor lacks.
  public convenience init(_ model: Model, instructions: InstructionSet? = nil) throws(FormatError) {
    let facts = try model.validate()
    try Self.requireScores(model.outputs, of: model.graph)
    try self.init(
      name: model.name, preprocessing: model.preprocessing, labels: model.labels, graph: model.graph,
      tensors: model.tensors.map { $0.info }, facts: facts, instructions: instructions
    ) { index throws(FormatError) in model.tensors[index] }
  }

  /// Prepares the model of a file: beside the plan's own weights there is never more than one tensor in memory, with several
  /// threads two.
  ///
  /// - Parameter threads: that decode weights meanwhile, the caller's among them; 0 for as many as this process may use
  ///   processors. They are gone when this returns, and nothing in the plan depends on their number.
  public convenience init(
    _ file: ModelFile, instructions: InstructionSet? = nil, threads: Int = 1
  ) throws(FormatError) {
    try Self.requireScores(file.outputs, of: file.graph)
    let loader = try TensorLoader(file, threads: threads)
    loader.begin()
    defer { loader.finish() }
    try self.init(
      name: file.name, preprocessing: file.preprocessing, labels: file.labels, graph: file.graph,
      tensors: file.tensors.map { $0.info }, facts: file.facts, instructions: instructions
    ) { index throws(FormatError) in
      // A plan takes tensors in the order of the graph; the fault that is named is the file's first one.
      do throws(FormatError) { return try loader.tensor(index) } catch {
        throw file.firstWeightFault(met: error)
      }
    }
  }

  /// Loads and prepares the model file at `path`.
  public convenience init(
    path: String, instructions: InstructionSet? = nil, threads: Int = 1
  ) throws(FormatError) {
    try self.init(try ModelFile(path: path), instructions: instructions, threads: threads)
  }

  private static func requireScores(_ outputs: [ModelOutput], of graph: Graph) throws(FormatError) {
    guard outputs == [.standard(for: graph)] else {
      throw FormatError(.unsupported, "The model has other outputs than class scores of its last node.")
    }
  }

  private convenience init(
    name: String, preprocessing: Preprocessing, labels: LabelSet, graph: Graph, tensors: [TensorInfo],
    facts: GraphFacts, instructions: InstructionSet?,
    load: @escaping (Int) throws(FormatError) -> Model.Weight
  ) throws(FormatError) {
    let kernels = try KernelTable(instructions)
    try requireMemory(2048 * (graph.nodes.count + tensors.count) + 1 << 16)
    let cost = ExecutionCost(graph: graph, tensors: tensors, facts: facts)
    if let refusal = cost.refusal { throw refusal }
    try requireMemory(2048 * (graph.nodes.count + tensors.count) + 1 << 16)
    var compiler = Compiler(
      graph: graph, tensors: tensors, facts: facts, work: cost.work, kernels: kernels, load: load)
    try compiler.compile()
    // What no session can run is refused here.
    _ = try SessionDesign(
      compiler.steps, output: compiler.output, inputSize: preprocessing.inputShape.count, maxBatch: 1,
      threads: 1, precision: .exact, kernels: kernels)
    self.init(
      name: name, preprocessing: preprocessing, labels: labels, compiled: compiler, kernels: kernels)
  }

  private init(
    name: String, preprocessing: Preprocessing, labels: LabelSet, compiled: Compiler, kernels: KernelTable
  ) {
    self.name = name
    self.preprocessing = preprocessing
    self.labels = labels
    (inputSize, classes) = (preprocessing.inputShape.count, labels.names.count)
    self.kernels = kernels
    descriptions = compiled.descriptions
    steps = compiled.steps
    output = compiled.output
  }
}

/// One step of a plan, in words and figures.
public struct StepDescription: Sendable {
  /// The layer that it computes: `conv1a`, or an operator's name.
  public let name: String
  /// The result for one image.
  public let output: Shape
  /// Multiply-adds for one image by the definition of the operator, however it is computed.
  public let multiplyAdds: Int64
  /// What is executed for one image; see ``ExecutionCost/work``. Of what is fused into the layer only its own.
  public let work: Int64
}
