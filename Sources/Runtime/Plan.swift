public import FermFormat

/// A model made ready to run: batch norm folded, layers fused, every buffer's place known.
///
/// A plan is immutable: any number of sessions on any threads may share it. It keeps nothing of the file it came from but weights as
/// they are stored: those of convolutions, and all of a detector that can look at larger pictures.
/// Cost: each weight is decoded and packed once; docs/performance.md has times and memory.
///
/// ```swift
/// let plan = try Plan(path: "models/default.ferm")
/// let tests = try ModelFile(path: "models/default.ferm").selfTests
/// try plan.check(tests)  // throws where this machine computes something else than the file expects
/// ```
public final class Plan: Sendable {
  /// The model's name.
  public let name: String
  /// How an image becomes the network's input.
  public let preprocessing: Preprocessing
  /// The classes, in the order of the logits; none where no output is class scores.
  public let labels: LabelSet
  /// What the network gives, in the order of the file.
  public let outputs: [PlanOutput]
  /// How faces are cut from photos for the model, in the order of the detectors.
  public let cropRules: [CropRule]

  /// What a run does, in order; see ``Session/observer``.
  public let descriptions: [StepDescription]

  /// What a run does, in order; a session gives the values their places.
  let steps: [PlanStep]
  /// Where the outputs lie, value by value.
  let results: [ResultValue]
  /// Numbers of one input, and of its logits; asked for in runs, which allocate nothing.
  let inputSize: Int
  let classes: Int
  /// Which output is the class scores; nil where none is.
  let scores: Int?
  let kernels: KernelTable
  /// Which faces it sees, if it is a detector.
  let detectionRange: DetectionRange
  /// The network for inputs of other sizes; nil for one that is no detector, or has but one size.
  let resizable: ResizableNetwork?

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - instructions: nil for what `FERM_INSTRUCTIONS` asks for, or else the best.
  /// - Throws: `graph` or `limit` for a model that no file could hold, `work` or `memory` for one that would take too much,
  ///   `unsupported` for instructions that this processor lacks.
  public convenience init(_ model: Model, instructions: InstructionSet? = nil) throws(FormatError) {
    let facts = try model.validate()
    try self.init(
      name: model.name, preprocessing: model.preprocessing, labels: model.labels, outputs: model.outputs,
      cropRules: model.cropRules, detectionRange: DetectionRange(model.provenance), graph: model.graph,
      tensors: model.tensors.map { $0.info }, facts: facts, kernels: try KernelTable(instructions)
    ) { index throws(FormatError) in model.tensors[index] }
  }

  /// Prepares the model of a file: beside the plan's own weights there is never more than one tensor in memory, with several
  /// threads two.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - instructions: nil for what `FERM_INSTRUCTIONS` asks for, or else the best.
  ///   - threads: how many decode weights meanwhile, the caller's among them; 0 for as many as this process may use processors.
  ///     They are gone when this returns, and nothing in the plan depends on their number.
  public convenience init(
    _ file: ModelFile, instructions: InstructionSet? = nil, threads: Int = 1
  ) throws(FormatError) {
    let loader = try TensorLoader(file, threads: threads)
    loader.begin()
    defer { loader.finish() }
    try self.init(
      name: file.name, preprocessing: file.preprocessing, labels: file.labels, outputs: file.outputs,
      cropRules: file.cropRules, detectionRange: DetectionRange(file.provenance), graph: file.graph,
      tensors: file.tensors.map { $0.info }, facts: file.facts, kernels: try KernelTable(instructions)
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

  private convenience init(
    name: String, preprocessing: Preprocessing, labels: LabelSet, outputs: [ModelOutput],
    cropRules: [CropRule], detectionRange: DetectionRange, graph: Graph, tensors: [TensorInfo],
    facts: GraphFacts, kernels: KernelTable, isOfOtherSize: Bool = false,
    load: @escaping (Int) throws(FormatError) -> Model.Weight
  ) throws(FormatError) {
    try requireMemory(2048 * (graph.nodes.count + tensors.count) + 1 << 16)
    let cost = ExecutionCost(graph: graph, tensors: tensors, facts: facts)
    if let refusal = cost.refusal { throw refusal }
    try requireMemory(2048 * (graph.nodes.count + tensors.count) + 1 << 16)
    let resizable =
      !isOfOtherSize && outputs.contains { if case .detection = $0.kind { true } else { false } }
      ? try ResizableNetwork(
        graph, outputs, input: preprocessing.inputShape, tensors: tensors, facts: facts,
        valueBytes: cost.valueBytes, load: load) : nil
    var compiler = Compiler(
      graph: graph, tensors: tensors, facts: facts, work: cost.work, kernels: kernels
    ) { index throws(FormatError) in if let resizable { resizable.tensors[index] } else { try load(index) } }
    try compiler.compile()
    try requireMemory(4096 * outputs.reduce(1) { $0 + $1.values.count })
    let results = ResultValue.all(outputs) { compiler.place($0) }
    // What no session can run is refused here.
    _ = try SessionDesign(
      compiler.steps, outputs: results.map { $0.place }, inputSize: preprocessing.inputShape.count,
      maxBatch: 1, threads: 1, precision: .exact, kernels: kernels)
    self.init(
      name: name, preprocessing: preprocessing, labels: labels,
      outputs: outputs.map { PlanOutput($0, shapes: facts.shapes) }, results: results, cropRules: cropRules,
      detectionRange: detectionRange, resizable: resizable, compiled: compiler, kernels: kernels)
  }

  private init(
    name: String, preprocessing: Preprocessing, labels: LabelSet, outputs: [PlanOutput],
    results: [ResultValue], cropRules: [CropRule], detectionRange: DetectionRange,
    resizable: ResizableNetwork?, compiled: Compiler, kernels: KernelTable
  ) {
    self.name = name
    self.preprocessing = preprocessing
    self.labels = labels
    self.outputs = outputs
    self.results = results
    self.cropRules = cropRules
    self.detectionRange = detectionRange
    self.resizable = resizable
    (inputSize, classes) = (preprocessing.inputShape.count, labels.names.count)
    scores = outputs.firstIndex { $0.isScores }
    self.kernels = kernels
    descriptions = compiled.descriptions
    steps = compiled.steps
  }
}

extension Plan {
  /// The same network for an input of another size, whose sides are multiples of ``ResizableNetwork/unit``, and whose image is exactly
  /// as large.
  ///
  /// - Throws: `limit`, `work` or `memory` for one that is too large, `unsupported` for a network of one size.
  convenience init(_ plan: Plan, input size: Extent) throws(FormatError) {
    guard let network = plan.resizable else {
      throw FormatError(.unsupported, "The network of \(plan.name) has but one size of input.")
    }
    try requireMemory(256 * network.tensors.count + 1 << 16)
    var recipe = plan.preprocessing
    (recipe.resized, recipe.cropped) = (size, size)
    let infos = network.tensors.map { $0.info }
    let facts = try network.graph.validate(
      input: recipe.inputShape, tensors: infos, classes: 0, outputs: network.outputs)
    try self.init(
      name: plan.name, preprocessing: recipe, labels: plan.labels, outputs: network.outputs,
      cropRules: plan.cropRules, detectionRange: plan.detectionRange, graph: network.graph, tensors: infos,
      facts: facts, kernels: plan.kernels, isOfOtherSize: true
    ) { network.tensors[$0] }
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
  /// What is executed for one image; see ``ExecutionCost/work``. What is fused into the layer counts only with its own part.
  public let work: Int64
}
