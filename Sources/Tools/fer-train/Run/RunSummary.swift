import FermToolSupport
import FermTrain
import Foundation

/// What a run says of itself at its start and at its end.
enum RunSummary {
  /// Network, optimiser, schedule and length.
  static func start(_ options: FitOptions, _ network: any Network, steps: Int) -> String {
    let s = options.settings
    let parameters = network.parameters.filter { $0.kind != .statistic }.reduce(0) { $0 + $1.value.count }
    let sides = s.sizes.isEmpty ? [options.kind.side.cropped] : s.sizes.map { $0.side }
    let least = sides.min() ?? 0
    let most = sides.max() ?? 0
    let width = options.kind.hasWidth && options.width != 1 ? " at width \(options.width)" : ""
    var lines = [
      "\(options.kind.name)\(width): \(grouped(parameters)) parameters, crops of \(least == most ? "\(most)" : "\(least) to \(most)") pixels"
    ]
    let warmup = options.warmup > 0 ? " after \(options.warmup.short) epochs of warm-up" : ""
    let shards =
      s.shards > 1 ? " in \(s.shards) shards\(s.wire == .fp32 ? "" : ", added in \(s.wire.rawValue)")" : ""
    lines.append(
      "\(epochs(s.epochs)) of \(steps) \(steps == 1 ? "step" : "steps") of up to \(s.batch) faces\(shards)")
    lines.append(
      "\(options.optimiser.name), rate \(options.peak.short), schedule \(options.schedule.name)\(warmup)")
    lines.append(s.precision == .fp32 ? "fp32" : "\(s.precision.rawValue) products; sums and weights fp32")
    if s.calmAtEnd > 0 {
      lines.append("the last \(epochs(s.calmAtEnd)) without mixup, CutMix and blank rectangles")
    }
    if s.final.epochs > 0 {
      let on = s.final.takesValidation ? ", on the validation faces too" : ""
      lines.append(
        "then a final stage of \(epochs(s.final.epochs)), rate \(options.finalPeak.short), \(options.finalSchedule.name)\(on)"
      )
    }
    if options.isReferenceProtocol { lines.append("private chooses and then trains too: \(protocolWords)") }
    return lines.joined(separator: "\n")
  }

  /// What to say of figures that were come by as the reference came by its own.
  static let protocolWords = "the reference's own protocol (arXiv 2105.03588), whose figure is that on public"

  /// The best epoch, and what to do with it.
  static func end(_ folder: RunFolder, _ state: TrainingState, _ faces: TrainingFaces, data: String) -> String
  {
    let best = "\(folder.path)/best.ferm".shell
    var lines: [String] = []
    if faces.validation.count > 0, state.best.score >= 0 {
      let percent = String(format: "%.2f", 100 * state.best.score)
      lines.append(
        "best: epoch \(state.best.epoch), \(percent) % of \(faces.validation.count) validation faces right")
    } else {
      lines.append("best.ferm is that of epoch \(state.best.epoch): nothing was validated")
    }
    lines.append("next: fer-train eval \(best) --data \(data.shell)")
    lines.append("      fer-train export \(best) -o model.ferm --weights int8")
    return lines.joined(separator: "\n")
  }

  private static func epochs(_ count: Int) -> String { count == 1 ? "1 epoch" : "\(count) epochs" }
}
