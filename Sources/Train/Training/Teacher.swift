public import FermFormat
public import FermRuntime

/// Trained models' probabilities for each training face: soft targets beside the labels (knowledge distillation; Hinton et
/// al., 2015).
public struct Teacher: Sendable {
  /// `[faces, classes]`: of the mean of all models' logits, over both mirror images, each model at its own temperature.
  let probabilities: [Float]
  private let classes: Int
  /// The share of the soft target in each target; the rest is the label's.
  public let share: Float
  /// What stands for the models' weights; a resumed run checks it.
  public let digest: String
  /// Of the faces, the share to which the models together give their label.
  public let agreement: Double

  /// Runs the models of `.ferm` files over all faces.
  ///
  /// - Parameters:
  ///   - paths: one model or more.
  ///   - temperature: flattens the probabilities where it is more than 1.
  ///   - faces: resized to `preprocessing.resized`, in the order in which they are asked for later.
  ///   - names: the classes that the labels stand for; a teacher may know more, in any order.
  /// - Throws: `model`, naming the file, when it cannot be read, lacks a class or takes other channels.
  public init(
    paths: [String], temperature: Float = 1, share: Float, faces: FaceSet, preprocessing: Preprocessing,
    classes names: [String], workers: Workers
  ) throws(TrainError) {
    precondition(!paths.isEmpty, "a teacher is a model")
    var logits: [Float] = []
    var (own, digests): (Float, [String]) = (1, [])
    for path in paths {
      let model = try Self.logits(path, faces, preprocessing, names, workers)
      digests.append(try Transfer(path: path).digest)
      if logits.isEmpty {
        (logits, own) = (model.logits, model.temperature)
      } else {
        // As if it had the first one's temperature.
        let factor = own / model.temperature
        for i in logits.indices { logits[i] += factor * model.logits[i] }
      }
    }
    for i in logits.indices { logits[i] /= Float(paths.count) }
    classes = names.count
    let flattened = own * temperature
    probabilities = stride(from: 0, to: logits.count, by: names.count).flatMap { [logits] first in
      softmax(Array(logits[first..<(first + names.count)]), temperature: flattened)
    }
    self.share = share
    digest = digests.joined(separator: ",")
    agreement =
      Evaluation(logits: logits, labels: faces.labels, classes: names.count, temperature: own).top1
  }

  /// One model's logits for the classes, `[faces, classes]`, means over both mirror images.
  private static func logits(
    _ path: String, _ faces: FaceSet, _ preprocessing: Preprocessing, _ names: [String], _ workers: Workers
  ) throws(TrainError) -> (logits: [Float], temperature: Float) {
    let plan: Plan
    do throws(FormatError) { plan = try Plan(ModelFile(path: path).loadModel()) } catch {
      throw .model("\(path): \(error.description)")
    }
    if let fault = plan.scoresFault { throw .model("\(path): \(fault.description)") }
    let known = plan.labels.names
    let columns = ClassNames.places(of: names, among: known).compactMap { $0 }
    guard columns.count == names.count else {
      throw .model(
        "\(path): a teacher must know the classes of the data: \(ClassNames.listed(names)); this one knows \(ClassNames.listed(known))."
      )
    }
    let recipe = plan.preprocessing
    guard recipe.colour == preprocessing.colour, recipe.scale.count == preprocessing.scale.count else {
      throw .model("\(path): a teacher must take grey faces of one channel, as the network does.")
    }
    let logits: [Float]
    do throws(FormatError) {
      logits = try Evaluation.logits(
        plan, on: faces.fitted(to: recipe, from: preprocessing, workers: workers), views: .flip,
        threads: workers.count)
    } catch { throw .model("\(path): \(error.description)") }
    guard columns != Array(known.indices) else { return (logits, plan.labels.temperature) }
    let ordered = stride(from: 0, to: logits.count, by: known.count).flatMap { row in
      columns.map { logits[row + $0] }
    }
    return (ordered, plan.labels.temperature)
  }

  /// The number of faces that were looked at.
  var faces: Int { probabilities.count / classes }

  /// What is said of the faces at these places, `[places, classes]`.
  func opinion(of places: [Int]) -> Targets.Opinion {
    Targets.Opinion(
      probabilities: places.flatMap { probabilities[($0 * classes)..<(($0 + 1) * classes)] },
      shares: places.map { _ in share })
  }
}
