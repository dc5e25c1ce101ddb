internal import FermFormat
internal import FermRuntime

/// One of the models that teach: its logits for the classes of a run, in the run's order.
struct TeacherModel {
  private let path: String
  private let plan: Plan
  private let preprocessing: Preprocessing
  /// For each class of the run, its place among the model's.
  private let columns: [Int]
  /// Stands for the model's weights.
  let digest: String

  /// Reads a model file.
  ///
  /// - Parameters:
  ///   - preprocessing: the network's.
  ///   - names: the classes of the run; the model may know more, in any order.
  /// - Throws: `model`, naming the file, when it cannot be read, lacks a class or takes other channels.
  init(path: String, preprocessing: Preprocessing, classes names: [String]) throws(TrainError) {
    do throws(FormatError) { plan = try Plan(ModelFile(path: path).loadModel()) } catch {
      throw .model("\(path): \(error.description)")
    }
    if let fault = plan.scoresFault { throw .model("\(path): \(fault.description)") }
    let known = plan.labels.names
    columns = ClassNames.places(of: names, among: known).compactMap { $0 }
    guard columns.count == names.count else {
      throw .model(
        "\(path): a teacher must know the classes of the data: \(ClassNames.listed(names)); this one knows \(ClassNames.listed(known))."
      )
    }
    let recipe = plan.preprocessing
    guard recipe.colour == preprocessing.colour, recipe.scale.count == preprocessing.scale.count else {
      throw .model("\(path): a teacher must take grey faces of one channel, as the network does.")
    }
    digest = try Transfer(path: path).digest
    (self.path, self.preprocessing) = (path, preprocessing)
  }

  /// The temperature in its file.
  var temperature: Float { plan.labels.temperature }

  /// What it says of faces as they are, `[faces, classes]`: means over both mirror images.
  func logits(of faces: FaceSet, workers: Workers) throws(TrainError) -> [Float] {
    do throws(FormatError) {
      return ordered(
        try Evaluation.logits(
          plan, on: faces.fitted(to: plan.preprocessing, from: preprocessing, workers: workers),
          views: .flip, threads: workers.count))
    } catch { throw .model("\(path): \(error.description)") }
  }

  /// A session for what the network gets in a step.
  ///
  /// Its largest batch is always the same, so that the number of processes that share a step changes no bit.
  func session(_ workers: Workers, precision: Precision) throws(TrainError) -> Session {
    do throws(FormatError) {
      return try Session(plan, maxBatch: 64, workers: workers, precision: precision)
    } catch { throw .model("\(path): \(error.description)") }
  }

  /// What it says of inputs of the network, `[rows, classes]`.
  ///
  /// - Parameters:
  ///   - inputs: `[rows, C, H, W]`.
  ///   - recipe: what made them.
  func logits(
    of inputs: Tensor, as recipe: Preprocessing, _ session: Session
  ) throws(TrainError) -> [Float] {
    let convert = InputConversion(from: recipe, to: plan.preprocessing)
    do throws(FormatError) {
      return ordered(try session.logits(inputs.withSpan { convert($0) }))
    } catch { throw .model("\(path): \(error.description)") }
  }

  private func ordered(_ logits: [Float]) -> [Float] {
    let known = plan.labels.names
    guard columns != Array(known.indices) else { return logits }
    return stride(from: 0, to: logits.count, by: known.count).flatMap { row in
      columns.map { logits[row + $0] }
    }
  }
}
