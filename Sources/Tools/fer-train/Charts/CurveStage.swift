import FermFormat
import FermTrain

/// Epochs of a run that have something in common, for the curves to say.
struct CurveStage {
  /// What is written beside them: `32 px`, `calm`, `final`.
  let name: String
  /// The first of them, counted from 1.
  let first: Int
  /// Whether this is about the size of the crops, which each epoch has.
  let isSize: Bool
}

extension TrainingSettings {
  /// The side of an epoch's crops, the final stage's among them; epochs count from 0.
  func side(epoch: Int, finalFrom: Int?, own: Preprocessing) -> Int {
    epoch >= finalFrom ?? .max
      ? own.cropped.height : preprocessing(epoch: epoch, of: own).cropped.height
  }

  /// The stages of the epochs that are done: sizes where they change, calm epochs, and the final stage.
  func stages(done: Int, finalFrom: Int?, own: Preprocessing) -> [CurveStage] {
    let sides = (0..<done).map { side(epoch: $0, finalFrom: finalFrom, own: own) }
    var stages = sides.indices.filter { $0 == 0 || sides[$0] != sides[$0 - 1] }.map {
      CurveStage(name: "\(sides[$0]) px", first: $0 + 1, isSize: true)
    }
    if stages.count == 1 { stages = [] }
    let main = min(done, finalFrom ?? done)
    if let calm = (0..<main).first(where: { isCalm(epoch: $0) && calmAtEnd > 0 }) {
      stages.append(CurveStage(name: "calm", first: calm + 1, isSize: false))
    }
    if let finalFrom, finalFrom < done {
      stages.append(CurveStage(name: "final", first: finalFrom + 1, isSize: false))
    }
    return stages
  }
}
