import FermFormat
import FermRuntime
import FermTrain
import TestSupport

/// Faces that a tiny network can learn, and what a run of it needs.
enum ToyFaces {
  /// Bright at the top, at the bottom or in the middle: labels 0, 1 and 2 in turn, or those that come `turn` later.
  static func set(_ count: Int, from first: Int = 0, turned turn: Int = 0) -> FaceSet {
    var set = FaceSet()
    for i in first..<(first + count) {
      let noise = Support.numbers(48 * 48, seed: UInt64(i))
      let label = i % 3
      let pixels = (0..<(48 * 48)).map { place in
        let band = label == 2 ? (16..<32).contains(place / 48) : (label == 0) == (place / 48 < 16)
        return UInt8((band ? 160 : 60) + 40 * noise[place])
      }
      set.append((pixels, 1), label: (label + turn) % 3, name: "face \(i)")
    }
    return set
  }

  static let labels = LabelSet(names: ["top", "bottom", "middle"])

  /// A file of an untrained network, whose answers are its own.
  ///
  /// - Parameter names: its classes, all of ``labels`` among them.
  static func teacher(_ sizes: (Int, Int) = (40, 36), names: [String] = labels.names) throws -> String {
    let path = "\(try Support.temporaryFolder())/teacher.ferm"
    try Model(
      SmallVGG(classes: names.count, width: 0.0625, seed: 9), name: "teacher",
      preprocessing: .greyFaces(sizes), labels: LabelSet(names: names), workers: try Workers(count: 1)
    ).write(to: path)
    return path
  }

  static func network(seed: UInt64 = 4) -> SmallVGG { SmallVGG(classes: 3, width: 0.0625, seed: seed) }
}

/// The owner of a run in tests: counts steps, keeps models and states, and stops when told.
final class ToyOwner: TrainingOwner {
  let trainer: Trainer
  let workers: Workers
  var stopsAfter = Int.max
  private(set) var steps = 0
  private(set) var losses: [Double] = []
  private(set) var sizes: [Int] = []
  private(set) var best: Model?

  init(_ trainer: Trainer, workers: Workers) {
    self.trainer = trainer
    self.workers = workers
  }

  var wantsStop: Bool { steps >= stopsAfter }

  func validate(_ set: FaceSet, _ preprocessing: Preprocessing) throws(TrainError) -> Evaluation? {
    let model = try trainer.model(name: "toy", preprocessing: preprocessing, labels: ToyFaces.labels)
    do { return try Evaluation(try Plan(model), on: set, threads: workers.count) } catch {
      throw .model("\(error)")
    }
  }

  func report(_ event: TrainingEvent) throws(TrainError) {
    switch event {
    case .step: steps += 1
    case .epoch(let result):
      losses.append(result.row.trainLoss)
      sizes.append(result.preprocessing.cropped.height)
      if result.isBest && result.validation != nil {
        best = try trainer.model(name: "toy", preprocessing: result.preprocessing, labels: ToyFaces.labels)
      }
    case .stoppedEarly: break
    }
  }

  func bestModel() throws(TrainError) -> Model {
    guard let best else { throw .model("there is no best model yet") }
    return best
  }
}
