import FermFormat
import FermRuntime
import FermTrain

extension EvaluationReport {
  /// Writes the figures into a model's provenance, under `eval.SPLIT.CROPS.` (docs/recipes.md), in place of earlier ones.
  func record(in provenance: inout Provenance) {
    let prefix = "eval.\(split).\(views.name)."
    for entry in provenance.entries where entry.key.hasPrefix(prefix) { provenance[entry.key] = nil }
    provenance[prefix + "faces"] = .integer(Int64(evaluation.count))
    provenance[prefix + "accuracy"] = .real(evaluation.top1)
    provenance[prefix + "interval95.low"] = .real(evaluation.interval.low)
    provenance[prefix + "interval95.high"] = .real(evaluation.interval.high)
    provenance[prefix + "top2"] = .real(evaluation.top2)
    provenance[prefix + "loss"] = .real(evaluation.loss)
    provenance[prefix + "ece"] = .real(evaluation.calibrationError)
    for (index, scores) in evaluation.perClass.enumerated() where scores.support > 0 {
      provenance[prefix + "class\(index).recall"] = .real(scores.recall)
      provenance[prefix + "class\(index).precision"] = .real(scores.precision)
      provenance[prefix + "class\(index).faces"] = .integer(Int64(scores.support))
    }
    framings?.record(in: &provenance, below: prefix)
  }
}
