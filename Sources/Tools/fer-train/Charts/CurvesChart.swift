import FermToolSupport
import FermTrain
import Foundation

/// Accuracy, loss and learning rate over the epochs, training beside validation, with the stages of the run.
struct CurvesChart {
  private let panels: [CurvePanel]
  private let stages: [CurveStage]
  private let epochs: Int

  init(_ history: [TrainingState.HistoryRow], _ stages: [CurveStage]) {
    (self.stages, epochs) = (stages, history.count)
    func curve(_ name: String, _ colour: String, _ value: (TrainingState.HistoryRow) -> Double)
      -> CurvePanel.Curve
    {
      CurvePanel.Curve(name: name, colour: colour, values: history.map(value))
    }
    panels = [
      CurvePanel(
        title: "accuracy, %",
        curves: [
          curve("training, as seen", ChartColour.training) { 100 * $0.trainAccuracy },
          curve("validation", ChartColour.validation) { 100 * $0.validationAccuracy },
        ], best: .highest),
      CurvePanel(
        title: "loss",
        curves: [
          curve("training, as seen", ChartColour.training) { $0.trainLoss },
          curve("validation", ChartColour.validation) { $0.validationLoss },
        ], best: .lowest),
      CurvePanel(
        title: "learning rate",
        curves: [curve("at an epoch's first step", ChartColour.rate) { $0.learningRate }],
        best: .none),
    ]
  }

  /// curves.svg: the panels beside each other.
  var file: String {
    var picture = SVG(width: CurvePanel.width * panels.count, height: CurvePanel.height)
    for (place, panel) in panels.enumerated() {
      panel.draw(on: &picture, left: Double(CurvePanel.width * place), epochs: epochs, stages)
    }
    return picture.rendered()
  }

  /// The panels one by one, for a page.
  var inline: [HTML] {
    panels.map { panel in
      var picture = SVG(width: CurvePanel.width, height: CurvePanel.height)
      panel.draw(on: &picture, left: 0, epochs: epochs, stages)
      return picture.inline("\(panel.title) over the epochs")
    }
  }
}
