public import FermFormat
public import FermRuntime

/// A trained model's probabilities for each training face: soft targets beside the labels (knowledge distillation; Hinton et
/// al., 2015).
public struct Teacher: Sendable {
  /// `[faces, classes]`: the mean over both mirror images, at the model's temperature.
  let probabilities: [Float]
  private let classes: Int
  /// The share of the soft target in each target; the rest is the label's.
  public let share: Float
  /// A number that stands for the model's weights; a resumed run checks it.
  public let digest: String
  /// Of the faces, the share to which the model gives their label.
  public let agreement: Double

  /// Runs the model of a `.ferm` file over all faces.
  ///
  /// - Parameters:
  ///   - faces: resized to `preprocessing.resized`, in the order in which they are asked for later.
  ///   - names: the classes that the labels stand for; the teacher may know more, in any order.
  /// - Throws: `model`, naming the file, when it cannot be read, lacks a class or takes other channels.
  public init(
    path: String, share: Float, faces: FaceSet, preprocessing: Preprocessing, classes names: [String],
    workers: Workers
  ) throws(TrainError) {
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
    var logits: [Float]
    do throws(FormatError) {
      logits = try Evaluation.logits(
        plan, on: faces.fitted(to: recipe, from: preprocessing, workers: workers), views: .flip,
        threads: workers.count)
    } catch { throw .model("\(path): \(error.description)") }
    if columns != Array(known.indices) {
      logits = stride(from: 0, to: logits.count, by: known.count).flatMap { row in
        columns.map { logits[row + $0] }
      }
    }
    classes = names.count
    var probabilities: [Float] = []
    probabilities.reserveCapacity(logits.count)
    for first in stride(from: 0, to: logits.count, by: names.count) {
      probabilities += softmax(
        Array(logits[first..<(first + names.count)]), temperature: plan.labels.temperature)
    }
    self.probabilities = probabilities
    self.share = share
    digest = try Transfer(path: path).digest
    agreement =
      Evaluation(
        logits: logits, labels: faces.labels, classes: names.count, temperature: plan.labels.temperature
      ).top1
  }

  /// The number of faces that it was run on.
  var faces: Int { probabilities.count / classes }

  /// What the teacher says of the faces at these places, `[places, classes]`.
  func opinion(of places: [Int]) -> Targets.Opinion {
    Targets.Opinion(
      probabilities: places.flatMap { probabilities[($0 * classes)..<(($0 + 1) * classes)] }, share: share)
  }
}
