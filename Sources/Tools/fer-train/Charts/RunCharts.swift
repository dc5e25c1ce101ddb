import FermFormat
import FermRuntime
import FermTrain

/// What the pictures of a run say beside its figures.
struct RunCharts {
  let settings: TrainingSettings
  /// The network's own preprocessing.
  let preprocessing: Preprocessing
  let classes: [String]
  /// `public`, `0.1 of train`, `folder`, `none`.
  let validationName: String

  /// The curves of the epochs that are done.
  func curves(_ state: TrainingState) -> CurvesChart {
    CurvesChart(
      state.history,
      settings.stages(done: state.history.count, finalFrom: state.finalFrom, own: preprocessing))
  }

  /// What an epoch took each class for.
  func confusion(_ evaluation: Evaluation, epoch: Int) -> ConfusionChart {
    ConfusionChart(evaluation, classes, faces: "\(faces), epoch \(epoch)")
  }

  /// Which faces validate, and how they are looked at.
  var faces: String {
    let split =
      switch validationName {
      case "folder": "the faces of --val"
      case let part where part.hasSuffix(" of train"):
        part.hasPrefix("fold ")
          ? "\(part.dropLast(" of train".count)) of the training faces"
          : "a share of \(part.dropLast(" of train".count)) of the training faces"
      default: "split \(validationName)"
      }
    return "\(split), \(settings.views.words)"
  }
}

extension TestTimeAugmentation {
  /// The views for people.
  var words: String {
    switch self {
    case .none: "one centre crop"
    case .flip: "centre crop and its mirror image, mean of the logits"
    case .ten: "ten crops, mean of the logits"
    }
  }
}
