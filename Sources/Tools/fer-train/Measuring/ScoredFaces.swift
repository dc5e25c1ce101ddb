import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// A model, and the faces of one split, ready for it.
struct ScoredFaces {
  let model: Model
  let plan: Plan
  /// The file of the model.
  let path: String
  /// The split, as keys and records name it.
  private(set) var split: String
  private(set) var faces: FaceSet
  let badCount: Int
  /// The classes that are told apart; nil where they are the model's own.
  let answers: AnswerClasses?
  /// How the classes of data and model come together.
  let classes: ClassOptions
  /// The split in words, and what it was to the model.
  private(set) var rule: String

  init(_ arguments: Arguments, _ given: String, _ workers: Workers) throws {
    classes = try ClassOptions(arguments)
    let path = try ModelPath.resolved(given)
    let model = try TrainTool.naming(path) { () throws(FormatError) in try ModelFile(path: path).loadModel() }
    (self.path, self.model) = (path, model)
    plan = try TrainTool.naming(path) { () throws(FormatError) in
      let plan = try Plan(model)
      if let fault = plan.scoresFault { throw fault }
      return plan
    }
    let skipsBad = arguments.has("--skip-bad")
    let origin = ModelOrigin(model.provenance, preprocessing: model.preprocessing)
    var found = try FaceData(
      path: arguments.string("--data") ?? "", skipsBad: skipsBad, decoder: FileDecoder(), workers: workers)
    if let votes = try arguments.string("--votes").map({ try VoteTable(path: $0) }) {
      found = try found.voted(by: votes, as: origin.votes ?? .majority)
    }
    for note in found.notes + found.empty { narrate(note) }
    let listed = try classes.applied(to: found, names: plan.labels.names, of: path)
    answers = try classes.answers(plan.labels.names, of: path)
    let loader = FaceLoader(plan: plan, skipsBad: skipsBad, workers: workers)
    let rule = try arguments.string("--group").map { try GroupRule($0) }
    guard rule == nil || origin.group != nil else {
      throw UsageError(
        "--group draws a run's faces again, and \(path) is of no run that was divided by groups.")
    }
    let data = try origin.divided(listed, by: rule, loader) ?? listed
    let splits = try Self.splits(arguments.string("--split"), data, origin)
    split = splits.count == 1 ? splits[0] : "all"
    if !data.isSplit, arguments.string("--split") == nil { split = "all" }
    let all = try loader.load(splits.flatMap { data.splits[$0] ?? [] }, of: data)
    let bad = data.bad + all.bad
    badCount = bad.count
    for sentence in bad.prefix(10) { narrate("left out: \(sentence)") }
    if bad.count > 10 { narrate("left out: \(bad.count - 10) more") }
    guard all.count > 0 else { throw TrainError.data("\(data.path): no face of it can be used.") }
    self.rule = try origin.rule(split, splits, all, of: data, loader) + classes.words
    faces = answers.map { all.relabelled($0.place) } ?? all
    guard faces.count > 0 else { throw TrainError.data("\(data.path): all faces of \(split) are left out.") }
    if let limit = try arguments.integer("--limit", in: 1...Int.max) {
      faces = all.keeping(FaceData.sample(count: all.count, limit: limit, seed: 0))
    }
    if arguments.has("--drop-duplicates") {
      // Those that were held out of it, too: they chose the model.
      guard split != "train", split != "all", let train = listed.splits["train"] else {
        throw UsageError("--drop-duplicates needs a split other than train, and training faces in --data.")
      }
      let twins = Duplicates(train: try loader.load(train, of: data), validation: faces).across
      let seen = Set(twins.map { $0.validation })
      faces = faces.keeping(faces.labels.indices.filter { !seen.contains($0) })
      self.rule += "; without its \(seen.count) faces that are in train"
      guard faces.count > 0 else {
        throw TrainError.data("\(data.path): all faces of the split \(split) are in train, too.")
      }
      split += "-unseen"
    }
  }

  /// The same faces with other pixels.
  func with(_ faces: FaceSet) -> ScoredFaces {
    var copy = self
    copy.faces = faces
    return copy
  }

  /// The splits to be scored: those named, else the first that is there and did not train.
  private static func splits(
    _ named: String?, _ data: FaceData, _ origin: ModelOrigin
  ) throws -> [String] {
    let present = FaceSplit.allCases.map { $0.rawValue }.filter { data.splits[$0] != nil }
    guard let named else {
      return [["public", "private", "val", "test"].first { present.contains($0) } ?? "train"]
    }
    if named.lowercased() == "all" { return present }
    guard let split = FaceSplit(named: named) else {
      throw UsageError(
        "--split takes one of public, private, train, val, test, all, not \(named).")
    }
    guard present.contains(split.rawValue) else {
      let isHeldOut = origin.isDivided && (split == .val || split == .test)
      let reason =
        !isHeldOut
        ? ""
        : origin.group == GroupRule.table
          ? " To draw what the run held out again takes the data that it was trained on, and --group with its table."
          : " What the run held out can only be drawn again from the data that it was trained on."
      throw TrainError.data(
        "\(data.path): there are no faces of the split \(split.rawValue); there are \(present.joined(separator: ", ")).\(reason)"
      )
    }
    return [split.rawValue]
  }
}

/// Decodes faces for a model.
struct FaceLoader {
  let plan: Plan
  let skipsBad: Bool
  let workers: Workers

  /// The faces as the model wants them, or as `recipe` does.
  func load(
    _ faces: [LabelledFace], of data: FaceData, as recipe: Preprocessing? = nil
  ) throws(TrainError) -> FaceSet {
    try FaceSet(
      faces, of: data, preprocessor: Preprocessor(recipe ?? plan.preprocessing), workers: workers,
      skipsBad: skipsBad)
  }
}
