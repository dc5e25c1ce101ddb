public import FermFormat
public import FermRuntime

/// Trained models that say what a face shows: soft targets beside the labels (knowledge distillation; Hinton et al., 2015).
public struct Teacher {
  /// What the models look at.
  public enum Sight: String, CaseIterable, Sendable {
    /// Each face as it is, and its mirror image, once.
    case faces
    /// What the network itself gets, varied and blended, in each step ("function matching": Beyer et al., 2022).
    case crops
  }

  private enum Voice {
    /// Probabilities, `[faces, classes]`.
    case recorded([Float])
    /// Models that are asked in each step.
    case live([(model: TeacherModel, session: Session)])
  }

  private let voice: Voice
  private let classes: Int
  private let temperature: Float
  /// The share of the soft target in each target; the rest is the label's.
  public let share: Float
  /// What stands for the models' weights; a resumed run checks it.
  public let digest: String
  /// Of the faces, the share to which the models together give their label; nil where they look at crops.
  public let agreement: Double?

  /// Runs the models of `.ferm` files over all faces.
  ///
  /// - Parameters:
  ///   - paths: one model or more; the mean of their logits counts, over both mirror images, each at its own temperature.
  ///   - temperature: flattens the probabilities where it is more than 1.
  ///   - faces: resized to `preprocessing.resized`, in the order in which they are asked for later.
  ///   - names: the classes that the labels stand for; a teacher may know more, in any order.
  /// - Throws: `model`, naming the file, when it cannot be read, lacks a class or takes other channels.
  public init(
    paths: [String], temperature: Float = 1, share: Float, faces: FaceSet, preprocessing: Preprocessing,
    classes names: [String], workers: Workers
  ) throws(TrainError) {
    let models = try Self.models(paths, preprocessing, names)
    var logits: [[Float]] = []
    for model in models { logits.append(try model.logits(of: faces, workers: workers)) }
    let mean = Self.mean(logits, of: models)
    voice = .recorded(Self.probabilities(mean, classes: names.count, temperature: temperature))
    agreement = Evaluation(logits: mean, labels: faces.labels, classes: names.count, temperature: 1).top1
    digest = Self.digest(of: models)
    (classes, self.temperature, self.share) = (names.count, temperature, share)
  }

  /// Has the models of `.ferm` files look at the network's inputs in each step.
  ///
  /// - Parameters:
  ///   - paths: one model or more; the mean of their logits counts, each at its own temperature.
  ///   - temperature: flattens the probabilities where it is more than 1.
  ///   - preprocessing: the network's; its sizes may change from epoch to epoch.
  ///   - names: the classes that the labels stand for; a teacher may know more, in any order.
  ///   - workers: shared with who trains; they work at other times.
  ///   - precision: of the sessions that run the models.
  /// - Throws: `model`, naming the file, when it cannot be read, lacks a class or takes other channels.
  /// - Complexity: a forward pass of each model in every step.
  public init(
    ofCrops paths: [String], temperature: Float = 1, share: Float, preprocessing: Preprocessing,
    classes names: [String], workers: Workers, precision: Precision
  ) throws(TrainError) {
    let models = try Self.models(paths, preprocessing, names)
    var live: [(TeacherModel, Session)] = []
    for model in models { live.append((model, try model.session(workers, precision: precision))) }
    voice = .live(live)
    agreement = nil
    digest = Self.digest(of: models)
    (classes, self.temperature, self.share) = (names.count, temperature, share)
  }

  /// What the models look at.
  public var sight: Sight { if case .live = voice { .crops } else { .faces } }

  /// Whether this many faces can be taught.
  func knows(_ faces: Int) -> Bool {
    if case .recorded(let probabilities) = voice { probabilities.count >= faces * classes } else { true }
  }

  /// What is said of the faces of a step.
  ///
  /// - Parameters:
  ///   - places: of the whole step, in the training set.
  ///   - inputs: `[rows, C, H, W]`, the crops of some of them.
  ///   - recipe: what made these.
  ///   - first: the row of the first of these in the whole step. Nothing is said of rows that are not here.
  ///   - rows: in the whole step.
  /// - Throws: `model` where a model has no finite logits for them.
  func opinion(
    of places: [Int], _ inputs: Tensor, as recipe: Preprocessing, from first: Int, of rows: Int
  ) throws(TrainError) -> Targets.Opinion {
    switch voice {
    case .recorded(let all):
      return Targets.Opinion(
        probabilities: places.flatMap { all[($0 * classes)..<(($0 + 1) * classes)] },
        shares: places.map { _ in share })
    case .live(let live):
      var logits: [[Float]] = []
      for (model, session) in live { logits.append(try model.logits(of: inputs, as: recipe, session)) }
      let said = Self.probabilities(
        Self.mean(logits, of: live.map { $0.model }), classes: classes, temperature: temperature)
      var probabilities = [Float](repeating: 0, count: rows * classes)
      probabilities.replaceSubrange((first * classes)..<(first * classes + said.count), with: said)
      var shares = [Float](repeating: 0, count: rows)
      for row in first..<(first + inputs.shape[0]) { shares[row] = share }
      return Targets.Opinion(probabilities: probabilities, shares: shares, isOfRows: true)
    }
  }

  private static func models(
    _ paths: [String], _ preprocessing: Preprocessing, _ names: [String]
  ) throws(TrainError) -> [TeacherModel] {
    precondition(!paths.isEmpty, "a teacher is a model")
    var models: [TeacherModel] = []
    for path in paths {
      models.append(try TeacherModel(path: path, preprocessing: preprocessing, classes: names))
    }
    return models
  }

  private static func digest(of models: [TeacherModel]) -> String {
    models.map { $0.digest }.joined(separator: ",")
  }

  /// The mean of models' logits, each at its own temperature.
  private static func mean(_ logits: [[Float]], of models: [TeacherModel]) -> [Float] {
    var mean = [Float](repeating: 0, count: logits[0].count)
    for (logits, model) in zip(logits, models) {
      let factor = 1 / (model.temperature * Float(models.count))
      for i in mean.indices { mean[i] += factor * logits[i] }
    }
    return mean
  }

  private static func probabilities(_ logits: [Float], classes: Int, temperature: Float) -> [Float] {
    stride(from: 0, to: logits.count, by: classes).flatMap {
      softmax(Array(logits[$0..<($0 + classes)]), temperature: temperature)
    }
  }
}
