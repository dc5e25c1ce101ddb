/// The same learning rate throughout.
struct Constant: Schedule {
  static let kind = ScheduleKind(name: "constant") { Constant(peak: $0.peak) }

  let peak: Double

  func rate(at place: SchedulePlace) -> Double { peak }
}
