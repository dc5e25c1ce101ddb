import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// The faces of a run: those that train and those that choose, decoded, checked and counted.
struct TrainingFaces {
  let classes: [String]
  private(set) var train: FaceSet
  let validation: FaceSet
  /// What the validation faces are: `public`, `val`, `0.1 of train`, `folder` or `none`.
  let validationName: String
  /// Faces that were left out because they cannot be used.
  let badCount: Int
  private let limit: Int
  /// The share of the training faces that neither train nor choose.
  private let test: Double?
  /// What divided them, beside their classes.
  private let group: String?

  /// Finds, decodes and checks them.
  ///
  /// - Parameter sharing: by which one of several processes decodes them for all.
  init(
    _ options: FitOptions, workers: Workers, quiet: Bool, sharing: (any DecodingShare)? = nil
  ) throws {
    let preprocessor = Preprocessor(options.kind.preprocessing)
    var data = try FaceData(
      path: options.data, skipsBad: options.skipsBad, decoder: FileDecoder(), workers: workers)
    if let votes = options.votes { data = try data.voted(by: votes, as: options.settings.votes) }
    if let weights = options.weights { data = try weights.applied(to: data) }
    (classes, limit, test, group) = (data.classes, options.limit, options.test, options.group?.name)
    for note in data.notes { narrate(note) }
    guard !(data.splits["train"] ?? []).isEmpty else {
      throw TrainError.data(
        "\(options.data): there are no faces to train on; there are \(DataCounts.names(data)).")
    }
    if let sentence = data.empty.first { throw TrainError.data(sentence) }
    try Self.check(classes, options.data)
    if !quiet { DataCounts.lines(of: data).forEach { narrate($0) } }

    if let rule = options.group { data = try rule.grouped(data) }
    let chosen = try Self.validation(options, &data, workers, tell: { if !quiet { narrate($0) } })
    validationName = chosen.name
    if !quiet, options.test != nil || options.group != nil {
      narrate("of these, after the division:")
      DataCounts.lines(of: data).dropFirst().forEach { narrate($0) }
    }
    if let rule = options.group {
      let drawn = options.test == nil ? [] : data.splits["test"] ?? []
      let check = GroupCheck([
        ("train", data.splits["train"] ?? []), ("choose", chosen.faces), ("judge", drawn),
      ])
      let sentence = try check.sentence(rule, of: options.data)
      if !quiet { narrate(sentence) }
    }
    func load(_ faces: [LabelledFace], of data: FaceData) throws(TrainError) -> FaceSet {
      try FaceSet(
        faces, of: data, preprocessor: preprocessor, workers: workers, skipsBad: options.skipsBad,
        sharing: sharing)
    }
    train = try load(data.splits["train"] ?? [], of: data)
    validation = try load(chosen.faces, of: chosen.data)
    let bad = data.bad + (chosen.name == "folder" ? chosen.data.bad : []) + train.bad + validation.bad
    badCount = bad.count
    for sentence in bad.prefix(10) { narrate("left out: \(sentence)") }
    if bad.count > 10 { narrate("left out: \(bad.count - 10) more") }
    try checkLabels(options)
    if let sentence = try train.weightsSentence(of: options.data), !quiet { narrate(sentence) }
    if !quiet { noteSizes() }
    checkDuplicates(drops: options.dropsDuplicates, quiet: quiet)
    if !quiet {
      narrate(
        "\(options.kind.name): \(train.count) training faces, \(validation.count) for validation (\(validationName)), \(classes.count) classes, \(workers.count) \(workers.count == 1 ? "thread" : "threads")"
      )
    }
  }

  /// The faces that choose, and whose they are. `data` keeps those that train.
  private static func validation(
    _ options: FitOptions, _ data: inout FaceData, _ workers: Workers, tell: (String) -> Void
  ) throws -> (faces: [LabelledFace], data: FaceData, name: String) {
    func take(_ part: FaceDivision.Part?) throws(TrainError) {
      data = try data.divided(
        FaceDivision(
          validation: part, test: options.test, limit: options.limit, seed: options.settings.seed))
    }
    func divide(
      _ part: FaceDivision.Part
    ) throws(TrainError) -> (faces: [LabelledFace], data: FaceData, name: String) {
      try take(part)
      return (data.splits["val"] ?? [], data, "\(part.name) of train")
    }
    func takeSplit(
      _ split: FaceSplit
    ) throws(TrainError) -> (faces: [LabelledFace], data: FaceData, name: String) {
      try take(nil)
      return (data.splits[split.rawValue] ?? [], data, split.rawValue)
    }
    switch options.validation {
    case .none:
      try take(nil)
      tell("--val none: nothing chooses among the epochs; best.ferm will be the last one.")
      return ([], data, "none")
    case .share(let share): return try divide(.share(share))
    case .fold(let fold, let count): return try divide(.fold(fold, of: count))
    case .split(let split):
      guard data.splits[split.rawValue] != nil else {
        throw TrainError.data(
          "\(options.data): there are no faces of the split \(split.rawValue); there are \(DataCounts.names(data)). A folder of that name is ./\(split.rawValue)."
        )
      }
      if split == .private || split == .test {
        tell(
          "\(split.rawValue) chooses the best epoch: the figures on it are those of a chosen epoch, and say less of new faces."
        )
      }
      return try takeSplit(split)
    case .path(let path):
      var other = try FaceData(
        path: path, skipsBad: options.skipsBad, decoder: FileDecoder(), workers: workers
      ).labelled(as: data.classes, of: options.data)
      if let rule = options.group { other = try rule.grouped(other) }
      for note in other.notes { narrate(note) }
      try take(nil)
      return (FaceSplit.allCases.flatMap { other.splits[$0.rawValue] ?? [] }, other, "folder")
    case .automatic:
      if data.splits["public"] != nil { return try takeSplit(.public) }
      if data.splits["val"] != nil { return try takeSplit(.val) }
      if data.splits["test"] != nil, options.test == nil {
        tell(
          "\(options.data): test chooses the best epoch, as there is no val: the figures on it are those of a chosen epoch. --val \(ValidationChoice.usualShare) takes training faces in its place."
        )
        return try takeSplit(.test)
      }
      let result = try divide(.share(ValidationChoice.usualShare))
      let all = result.faces.count + (data.splits["train"]?.count ?? 0)
      tell(
        result.faces.isEmpty
          ? "\(options.data): no class has a face to spare for validation: nothing chooses among the epochs, and best.ferm will be the last one."
          : "\(options.data): \(all) training faces and none for validation; \(result.faces.count) of them, \(ValidationChoice.usualShare) of each class, are held out for it (--val none trains on all)."
      )
      return result.faces.isEmpty ? ([], result.data, "none") : result
    }
  }

  /// Names that the model file will hold, and enough of them.
  private static func check(_ classes: [String], _ path: String) throws {
    guard classes.count > 1 else {
      throw TrainError.data(
        "\(path): there is only one class, \(ClassNames.listed(classes)); a network needs two to tell apart."
      )
    }
    try Evaluation.requireFew(classes.count, of: path)
    do { try LabelSet(names: classes).validate() } catch {
      throw TrainError.data("\(path): its folders cannot be the classes of a model: \(error.description)")
    }
  }

  private func checkLabels(_ options: FitOptions) throws {
    guard train.count > 0 else { throw TrainError.data("\(options.data): there are no faces to train on.") }
    let present = Set(train.labels)
    // FER+'s classes are what they are, whatever a part of it has.
    let isWhole = options.limit == 0 && options.votes == nil
    if isWhole, let missing = classes.indices.first(where: { !present.contains($0) }) {
      throw TrainError.data(
        "\(options.data): no training face has the class \(classes[missing]); add some, or leave the class out."
      )
    }
  }

  private func noteSizes() {
    for odd in [train.odd, validation.odd].compactMap({ $0 }) {
      let more = odd.count > 1 ? ", and so are \(odd.count - 1) more" : ""
      narrate("\(odd.first)\(more); they are cropped to the proportion and resized.")
    }
  }

  private mutating func checkDuplicates(drops: Bool, quiet: Bool) {
    let found = Duplicates(train: train, validation: validation)
    if !quiet, found.repeated > 0 {
      narrate(
        "\(found.repeated) training faces repeat another pixel for pixel, \(found.contradicting) of them with another label."
      )
    }
    guard let (place, twin) = found.across.first else { return }
    if !quiet {
      narrate(
        "\(found.across.count) validation faces are training faces too, such as \(validation.names[place]) and \(train.names[twin])"
          + (drops ? "; those are left out of training." : "; --drop-duplicates leaves them out of training.")
      )
    }
    guard drops else { return }
    let twins = Set(found.across.map { train.faces[$0.train].pixels })
    train = train.keeping(train.faces.indices.filter { !twins.contains(train.faces[$0].pixels) })
  }

  /// What the files of the run say about the faces.
  var described: [Described] {
    var list: [Described] = [
      ("train.faces", .integer(Int64(train.count))),
      ("train.faces.digest", .string(String(train.digest, radix: 16))),
      ("train.classes", .string(ClassNames.joined(classes))),
      ("validation.split", .string(validationName)),
      ("validation.faces", .integer(Int64(validation.count))),
      ("validation.faces.digest", .string(String(validation.digest, radix: 16))),
    ]
    if limit > 0 { list.append(("train.limit", .integer(Int64(limit)))) }
    if validationName.hasSuffix(" of train") {
      list.append(("validation.drawn", .string(group == nil ? "by class" : "by class and group")))
    }
    if let group { list.append(("validation.group", .string(group))) }
    if let weights = train.weightsDigest { list.append(("train.weights", .string(weights))) }
    if let test { list.append(("test.split", .string("\(test) of train"))) }
    return list
  }
}

extension FaceDivision.Part {
  /// What files call it: `0.1`, or `fold 2/5`.
  var name: String {
    switch self {
    case .share(let share): "\(share)"
    case .fold(let fold, let count): "fold \(fold)/\(count)"
    }
  }

  /// The part that files call so.
  init?(named name: some StringProtocol) {
    let words = name.split(separator: " ")
    if words.count == 1, let share = Double(words[0]), share > 0, share < 1 {
      self = .share(share)
    } else if words.count == 2, words[0] == "fold",
      case .fold(let fold, let count)? = try? ValidationChoice(String(words[1]))
    {
      self = .fold(fold, of: count)
    } else {
      return nil
    }
  }
}
