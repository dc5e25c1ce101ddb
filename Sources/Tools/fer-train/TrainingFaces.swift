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

  init(_ options: FitOptions, workers: Workers, quiet: Bool) throws {
    let preprocessor = Preprocessor(Preprocessing.greyFaces(options.kind.side))
    let data = try FaceData(path: options.data, skipsBad: options.skipsBad, workers: workers)
    classes = data.classes
    try TrainTool.naming(options.data) { () throws(FormatError) in
      try LabelSet(names: data.classes).validate()
    }
    let all = FaceData.sample(
      data.splits["train"] ?? [], limit: options.limit, seed: options.settings.seed)
    var bad = data.bad
    func load(_ faces: [LabelledFace], of data: FaceData) throws(TrainError) -> FaceSet {
      try FaceSet(
        faces, of: data, decoder: FileDecoder(), preprocessor: preprocessor, workers: workers,
        skipsBad: options.skipsBad)
    }
    if let share = options.validation.flatMap(Double.init) {
      guard share > 0, share < 1 else {
        throw UsageError("--val wants a folder, a CSV file or a share between 0 and 1, not \(share).")
      }
      let chosen = FaceData.sample(
        all, limit: max(1, Int(Double(all.count) * share)), seed: options.settings.seed)
      let names = Set(chosen.map { $0.name })
      train = try load(all.filter { !names.contains($0.name) }, of: data)
      validation = try load(chosen, of: data)
      validationName = "\(share) of train"
    } else if let path = options.validation {
      let other = try FaceData(path: path, skipsBad: options.skipsBad, workers: workers)
      guard other.classes == data.classes else {
        throw TrainError.data("\(path): its classes are not those of \(options.data).")
      }
      bad += other.bad
      train = try load(all, of: data)
      validation = try load(other.splits.keys.sorted().flatMap { other.splits[$0] ?? [] }, of: other)
      validationName = "folder"
    } else {
      train = try load(all, of: data)
      let name = ["public", "val", "test"].first { data.splits[$0] != nil }
      validation = try load(name.flatMap { data.splits[$0] } ?? [], of: data)
      validationName = name ?? "none"
    }
    bad += train.bad + validation.bad
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
    [
      ("train.faces", .integer(Int64(train.count))),
      ("train.faces.digest", .string(String(train.digest, radix: 16))),
      ("train.classes", .string(classes.joined(separator: ","))),
      ("validation.split", .string(validationName)),
      ("validation.faces", .integer(Int64(validation.count))),
      ("validation.faces.digest", .string(String(validation.digest, radix: 16))),
    ]
  }
}
