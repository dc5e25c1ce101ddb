internal import Foundation

/// The learning rate over a run, as a factor on the peak rate.
public struct ScheduleKind: Sendable {
  /// The name: `cosine`.
  public let name: String
  /// The factor at a share of the run, from 0 at its first step to 1 after its last.
  public let factor: @Sendable (_ progress: Double) -> Double

  /// Every schedule that `--schedule` knows; a new one is one line here.
  public static let all: [ScheduleKind] = [.cosine, .constant]

  /// Half a cosine wave from 1 to 0 (Loshchilov and Hutter, 2017).
  public static let cosine = ScheduleKind(name: "cosine") { (1 + cos(.pi * $0)) / 2 }
  /// Always 1.
  public static let constant = ScheduleKind(name: "constant") { _ in 1 }

  /// The schedule with this name.
  public static func named(_ name: String) throws(TrainError) -> ScheduleKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting(
        "There is no schedule \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }
}
