import FermToolSupport
import FermTrain

extension FitOptions {
  /// Refuses options that the rest of the command line leaves without effect: whoever gives one expects something of it.
  func refuseUnused(_ arguments: Arguments) throws(UsageError) {
    func refuse(_ option: String, when isUnused: Bool, _ why: String) throws(UsageError) {
      guard isUnused, arguments.string(option) != nil else { return }
      throw UsageError("\(option) has no effect \(why); leave it out.")
    }
    try refuse("--width", when: !kind.hasWidth, "with --network \(kind.name)")
    try refuse("--epochs", when: maxHours != nil, "with --max-hours, which finds the epochs itself")

    let optimiser = OptimiserKind.all.first { $0.name == settings.optimiser }
    let taking = OptimiserKind.all.filter { $0.takesMomentum }.map { $0.name }
    try refuse(
      "--momentum", when: optimiser?.takesMomentum == false,
      "with --optimizer \(settings.optimiser): it is for \(taking.joined(separator: " and "))")
    try refuse(
      "--ema", when: optimiser?.averages == true,
      "with --optimizer \(settings.optimiser), which keeps an average of its own")

    try refuseOfSchedule(refuse)
    for option in ["--final-lr", "--final-schedule", "--final-on"] {
      try refuse(option, when: settings.final.epochs == 0, "without --final-epochs")
    }
    let erases = settings.augmentation.erasing.probability > 0
    try refuse("--erase-ratio", when: !erases, "without --erase")
    try refuse("--blank", when: !erases, "without --erase")
    try refuse(
      "--calm-epochs", when: settings.calmEpochs > 0 && !erases && settings.mixup.probability == 0,
      "without --mixup and --erase")
  }

  private func refuseOfSchedule(
    _ refuse: (_ option: String, _ isUnused: Bool, _ why: String) throws(UsageError) -> Void
  ) throws(UsageError) {
    let names = [settings.schedule] + (settings.final.epochs > 0 ? [settings.final.schedule] : [])
    let kinds = ScheduleKind.all.filter { names.contains($0.name) }
    for (option, setting) in [
      ("--min-lr", ScheduleSettings.Setting.minimum), ("--period", .period), ("--factor", .factor),
      ("--patience", .patience),
    ] {
      let takers = ScheduleKind.all.filter { $0.takes.contains(setting) }.map { $0.name }
      try refuse(
        option, !kinds.contains { $0.takes.contains(setting) },
        "with --schedule \(settings.schedule): it is for \(takers.joined(separator: ", "))")
    }
  }

  /// Refuses what asks for faces to validate on when there are none.
  ///
  /// - Throws: a sentence that says how to get some.
  func refuseBlind(_ arguments: Arguments) throws(UsageError) {
    let blind =
      settings.earlyStop > 0
      ? "--early-stop"
      : settings.schedule == "plateau"
        ? "--schedule plateau"
        : settings.final.epochs > 0 && settings.final.schedule == "plateau" ? "--final-schedule plateau" : nil
    let other = ["--tta", "--final-on"].first { arguments.string($0) != nil }
    guard let option = blind ?? other else { return }
    throw UsageError(
      "\(option) needs faces to validate on, and there are none: --val 0.1 takes a tenth of each class's.")
  }
}
