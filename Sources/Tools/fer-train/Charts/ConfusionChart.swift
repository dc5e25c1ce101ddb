import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// confusion.svg: what each class was taken for, as shares of the class, with counts.
enum ConfusionChart {
  static func svg(_ evaluation: Evaluation, _ names: [String], epoch: Int?) -> String {
    let names = names.map { $0.printable }
    let count = names.count
    let longest = Double(names.map { $0.count }.max() ?? 0)
    let cell = 64.0
    let (left, top) = (50 + 8 * longest, 80.0)
    let width = left + cell * Double(count) + 110
    let bottom = top + cell * Double(count)
    var picture = SVG(width: Int(width), height: Int(bottom + 40 + 7 * longest))
    func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
    picture.text(
      "\(percent(evaluation.top1)) of \(evaluation.count) faces right"
        + (epoch.map { ", epoch \($0)" } ?? ""), left, 28, size: 15, bold: true)
    picture.text("share of each row; rows are the truth, columns what was said", left, 50)
    picture.text("recall", left + cell * Double(count) + 12, top - 10, size: 12)
    for row in 0..<count {
      let total = evaluation.confusion[row].reduce(0, +)
      let y = top + cell * Double(row)
      picture.text(names[row], left - 10, y + cell / 2 + 4, anchor: "end")
      picture.text(
        "\(percent(evaluation.perClass[row].recall)) of \(total)", left + cell * Double(count) + 12,
        y + cell / 2 + 4, size: 12)
      for column in 0..<count {
        let value = evaluation.confusion[row][column]
        let share = Double(value) / Double(max(total, 1))
        let x = left + cell * Double(column)
        picture.rectangle(x, y, cell, cell, fill: shade(share, isRight: row == column), stroke: "#fff")
        let ink = share > 0.55 ? "#fff" : "#222"
        picture.text(
          String(format: "%.0f %%", 100 * share), x + cell / 2, y + cell / 2, size: 13, fill: ink,
          anchor: "middle", bold: row == column)
        picture.text("\(value)", x + cell / 2, y + cell / 2 + 17, size: 11, fill: ink, anchor: "middle")
      }
    }
    for column in 0..<count {
      picture.text(
        names[column], left + cell * (Double(column) + 0.5) + 4, bottom + 12, anchor: "end", turned: true)
    }
    return picture.rendered()
  }

  /// White to blue on the diagonal, white to red beside it.
  private static func shade(_ share: Double, isRight: Bool) -> String {
    let target = isRight ? (21.0, 84.0, 158.0) : (178.0, 45.0, 30.0)
    func mix(_ end: Double) -> Int { Int((255 + (end - 255) * min(max(share, 0), 1)).rounded()) }
    return String(format: "#%02x%02x%02x", mix(target.0), mix(target.1), mix(target.2))
  }
}
