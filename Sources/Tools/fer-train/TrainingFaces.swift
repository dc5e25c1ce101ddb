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

  init(_ options: FitOptions, workers: Workers, quiet: Bool) throws {
    let preprocessor = Preprocessor(options.kind.preprocessing)
    var data = try FaceData(
      path: options.data, skipsBad: options.skipsBad, decoder: FileDecoder(), workers: workers)
    (classes, limit) = (data.classes, options.limit)
    for note in data.notes { narrate(note) }
    guard !(data.splits["train"] ?? []).isEmpty else {
      throw TrainError.data(
        "\(options.data): there are no faces to train on; there are \(DataCounts.names(data)).")
    }
    if let sentence = data.empty.first { throw TrainError.data(sentence) }
    try Self.check(classes, options.data)
    if !quiet { DataCounts.lines(of: data).forEach { narrate($0) } }

    let chosen = try Self.validation(options, &data, workers, tell: { if !quiet { narrate($0) } })
    validationName = chosen.name
    func load(_ faces: [LabelledFace], of data: FaceData) throws(TrainError) -> FaceSet {
      try FaceSet(faces, of: data, preprocessor: preprocessor, workers: workers, skipsBad: options.skipsBad)
    }
    train = try load(data.splits["train"] ?? [], of: data)
    validation = try load(chosen.faces, of: chosen.data)
    let bad = data.bad + (chosen.name == "folder" ? chosen.data.bad : []) + train.bad + validation.bad
    badCount = bad.count
    for sentence in bad.prefix(10) { narrate("left out: \(sentence)") }
    if bad.count > 10 { narrate("left out: \(bad.count - 10) more") }
    try checkLabels(options)
    if !quiet { noteSizes() }
    checkDuplicates(drops: options.dropsDuplicates, quiet: quiet)
    if !quiet {
      narrate(
        "\(options.kind.name): \(train.count) training faces, \(validation.count) for validation (\(validationName)), \(classes.count) classes, \(workers.count) threads"
      )
    }
  }

  /// The faces that choose, and whose they are. `data` keeps those that train.
  private static func validation(
    _ options: FitOptions, _ data: inout FaceData, _ workers: Workers, tell: (String) -> Void
  ) throws -> (faces: [LabelledFace], data: FaceData, name: String) {
    func divide(_ share: Double) -> (faces: [LabelledFace], data: FaceData, name: String) {
      data = data.divided(share: share, limit: options.limit, seed: options.settings.seed)
      return (data.splits["val"] ?? [], data, "\(share) of train")
    }
    func takeSplit(_ split: FaceSplit) -> (faces: [LabelledFace], data: FaceData, name: String) {
      data = data.limited(to: options.limit, seed: options.settings.seed)
      return (data.splits[split.rawValue] ?? [], data, split.rawValue)
    }
    switch options.validation {
    case .none:
      data = data.limited(to: options.limit, seed: options.settings.seed)
      tell("--val none: nothing chooses among the epochs; best.ferm will be the last one.")
      return ([], data, "none")
    case .share(let share): return divide(share)
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
      return takeSplit(split)
    case .path(let path):
      let other = try FaceData(
        path: path, skipsBad: options.skipsBad, decoder: FileDecoder(), workers: workers
      ).labelled(as: data.classes, of: options.data)
      for note in other.notes { narrate(note) }
      data = data.limited(to: options.limit, seed: options.settings.seed)
      return (FaceSplit.allCases.flatMap { other.splits[$0.rawValue] ?? [] }, other, "folder")
    case .automatic:
      if data.splits["public"] != nil { return takeSplit(.public) }
      if data.splits["val"] != nil { return takeSplit(.val) }
      if data.splits["test"] != nil {
        tell(
          "\(options.data): test chooses the best epoch, as there is no val: the figures on it are those of a chosen epoch. --val \(ValidationChoice.usualShare) takes training faces in its place."
        )
        return takeSplit(.test)
      }
      let result = divide(ValidationChoice.usualShare)
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
    if let missing = classes.indices.first(where: { !present.contains($0) }), options.limit == 0 {
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
    if validationName.hasSuffix(" of train") { list.append(("validation.drawn", .string("by class"))) }
    return list
  }
}
