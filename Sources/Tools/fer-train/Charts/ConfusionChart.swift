import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// confusion.svg: what each class was taken for, as shares of the class, with counts, recall and precision.
struct ConfusionChart {
  private let evaluation: Evaluation
  private let names: [String]
  private let faces: String
  private let detail: Detail

  /// More classes are no picture that fits on a page.
  static let mostOnPage = 64

  /// How much a cell has room for.
  private enum Detail {
    case shareAndCount, share, shade, plain

    init(_ classes: Int) {
      self = classes <= 12 ? .shareAndCount : classes <= 30 ? .share : classes <= 64 ? .shade : .plain
    }

    var cell: Double {
      switch self {
      case .shareAndCount: 64
      case .share: 40
      case .shade: 18
      case .plain: 4
      }
    }
  }

  /// - Parameter faces: whose faces these are and how they were looked at: `split public, one centre crop`.
  init(_ evaluation: Evaluation, _ names: [String], faces: String) {
    (self.evaluation, self.faces) = (evaluation, faces)
    self.names = names.map { name in
      let name = name.printable
      return name.count > 40 ? "\(name.prefix(39))…" : name
    }
    detail = Detail(names.count)
  }

  /// The picture file.
  var file: String { drawn.rendered() }

  /// The picture within a page.
  var inline: HTML { drawn.inline("confusion matrix") }

  private var drawn: SVG {
    let e = evaluation
    let (count, cell) = (names.count, detail.cell)
    let title =
      "\(percent(e.top1)) of \(grouped(e.count)) faces right (95 % interval \(one(e.interval.low)) to \(one(e.interval.high)))"
    let note =
      detail == .shareAndCount || detail == .share
      ? "cells: share of the row; rows sum to 100 %" : "the darker, the larger the share of the row"
    let isNamed = detail != .plain
    let longest = isNamed ? names.map { SVG.width(of: $0) }.max() ?? 0 : 0
    let (left, top, side) = (44 + longest, 96.0, cell * Double(count))
    // Names stand upright where they are wider than a cell.
    let isTurned = longest > cell - 6
    let below = !isNamed ? 0 : isTurned ? longest + 14 : 22
    let hasPrecision = detail == .shareAndCount || detail == .share
    let width = max(
      left + side + (isNamed ? 92 : 16), 16 + SVG.width(of: title, size: 15, bold: true) + 16,
      16 + max(SVG.width(of: faces), SVG.width(of: note)) + 16)
    let bottom = top + side
    let height = bottom + below + (hasPrecision ? 22 : 0) + 30
    var picture = SVG(width: Int(width.rounded(.up)), height: Int(height.rounded(.up)))

    picture.text(title, 16, 26, size: 15, bold: true)
    picture.text(faces, 16, 46)
    picture.text(note, 16, 64, fill: ChartColour.faint)
    picture.rectangle(left, top, side, side, fill: "none", stroke: ChartColour.grid)
    picture.text("truth", 22, top + side / 2, fill: ChartColour.faint, anchor: "middle", turned: true)
    picture.text(
      "said", left + side / 2, height - 12, fill: ChartColour.faint, anchor: "middle")
    drawCells(on: &picture, left: left, top: top)
    guard isNamed else { return picture }

    picture.text("recall", left + side + 10, top - 8, fill: ChartColour.faint)
    for (place, name) in names.enumerated() {
      let y = top + cell * (Double(place) + 0.5) + 4
      let x = left + cell * (Double(place) + 0.5)
      picture.text(name, left - 8, y, anchor: "end")
      if isTurned {
        picture.text(name, x + 4, bottom + 8, anchor: "end", turned: true)
      } else {
        picture.text(name, x, bottom + 16, anchor: "middle")
      }
      let scores = e.perClass[place]
      if scores.support > 0 {
        picture.text("\(one(scores.recall)) % of \(scores.support)", left + side + 10, y, size: 11)
      }
      guard hasPrecision, e.confusion.contains(where: { $0[place] > 0 }) else { continue }
      picture.text(
        detail == .share ? String(format: "%.0f", 100 * scores.precision) : "\(one(scores.precision)) %", x,
        bottom + below + 14, size: 11, anchor: "middle")
    }
    if hasPrecision {
      picture.text(
        detail == .share ? "precision, %" : "precision", left - 8, bottom + below + 14,
        fill: ChartColour.faint,
        anchor: "end")
    }
    return picture
  }

  private func drawCells(on picture: inout SVG, left: Double, top: Double) {
    let cell = detail.cell
    for (row, counts) in evaluation.confusion.enumerated() {
      let total = counts.reduce(0, +)
      for (column, value) in counts.enumerated() where value > 0 || detail == .shareAndCount {
        let share = Double(value) / Double(max(total, 1))
        let (x, y) = (left + cell * Double(column), top + cell * Double(row))
        picture.rectangle(
          x, y, cell, cell, fill: row == column ? ChartColour.right : ChartColour.wrong,
          stroke: detail == .plain ? "none" : ChartColour.paper, opacity: share,
          title: detail == .shade ? "\(names[row]), said \(names[column]): \(value)" : nil)
        guard detail == .shareAndCount || detail == .share else { continue }
        let ink = share > 0.55 ? "#ffffff" : ChartColour.ink
        let isSingle = detail == .share
        picture.text(
          String(format: isSingle ? "%.0f" : "%.0f %%", 100 * share), x + cell / 2,
          y + cell / 2 + (isSingle ? 4 : 0), size: isSingle ? 11 : 13, fill: ink, anchor: "middle",
          bold: row == column)
        guard !isSingle else { continue }
        picture.text("\(value)", x + cell / 2, y + cell / 2 + 17, size: 11, fill: ink, anchor: "middle")
      }
    }
  }

  private func one(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
  private func percent(_ share: Double) -> String { "\(one(share)) %" }
}
