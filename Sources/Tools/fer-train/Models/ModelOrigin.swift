import FermFormat
import FermRuntime
import FermTrain

/// What a model file says of the faces that made it: their digests tell whether other faces are the same.
struct ModelOrigin {
  private let training: Stated
  private let validation: Stated
  /// The split that chose the model.
  private let chosenOn: String?
  private let trainsOnAll: Bool
  /// The size and colour that the digests were taken in.
  private let recipe: Preprocessing?
  private let seed: UInt64
  private let limit: Int
  /// What divided the faces beside their classes, if anything did.
  let group: String?
  /// How votes on its training faces taught.
  let votes: VoteUse?
  /// The part of the training faces that chose the model, where it was drawn so that it can be drawn again.
  private let part: FaceDivision.Part?
  /// The share of them that neither trained nor chose it.
  private let test: Double?

  /// A number of faces and their digest.
  private struct Stated {
    let count: Int?
    let digest: String?

    func isThat(of set: FaceSet) -> Bool { count == set.count && digest == String(set.digest, radix: 16) }
  }

  /// - Parameter preprocessing: the model's own, which is that of its training where its network came out of a file.
  init(_ provenance: Provenance, preprocessing: Preprocessing) {
    func text(_ key: String) -> String? { if case .string(let text)? = provenance[key] { text } else { nil } }
    func number(_ key: String) -> Int? {
      if case .integer(let number)? = provenance[key] { Int(number) } else { nil }
    }
    training = Stated(count: number("train.faces"), digest: text("train.faces.digest"))
    validation = Stated(count: number("validation.faces"), digest: text("validation.faces.digest"))
    chosenOn = text("validation.split")
    trainsOnAll = text("train.final.on") == "training and validation"
    recipe =
      text("train.network.digest") != nil
      ? preprocessing
      : text("train.network").flatMap { try? NetworkKind.named($0) }.map { $0.preprocessing }
    seed = UInt64(bitPattern: Int64(number("train.seed") ?? 0))
    limit = number("train.limit") ?? 0
    group = text("validation.group")
    votes = text("train.votes.as").flatMap { VoteUse(rawValue: $0) }
    let drawn = ["by class", "by class and group"].contains(text("validation.drawn")) ? chosenOn : nil
    part = drawn.flatMap { name in
      name.hasSuffix(Self.ofTrain) ? FaceDivision.Part(named: name.dropLast(Self.ofTrain.count)) : nil
    }
    test = text("test.split").flatMap { Double($0.prefix { $0 != " " }) }
  }

  private static let ofTrain = " of train"

  /// Whether faces that were held out of training can be drawn again from the data.
  var isDivided: Bool { part != nil || test != nil }

  /// The data with what was held out of training as its splits `val` and `test`; nil when nothing was, or when the model was
  /// trained on other data.
  ///
  /// - Parameter rule: what tells the groups, where it is named anew; one that came out of a table has to be.
  func divided(_ data: FaceData, by rule: GroupRule?, _ loader: FaceLoader) throws -> FaceData? {
    guard isDivided, part == nil || data.splits["val"] == nil, test == nil || data.splits["test"] == nil
    else {
      return nil
    }
    var data = data
    if let group {
      guard group != GroupRule.table || rule != nil else { return nil }
      // Faces without a group are not those of the run.
      guard let grouped = try? (try rule ?? GroupRule(group)).grouped(data) else { return nil }
      data = grouped
    }
    let division = FaceDivision(validation: part, test: test, limit: limit, seed: seed)
    guard let divided = try? data.divided(division) else { return nil }
    let (stated, drawn) =
      part != nil ? (validation, divided.splits["val"] ?? []) : (training, divided.splits["train"] ?? [])
    guard drawn.count >= stated.count ?? .max else { return nil }
    return try isThat(stated, drawn, of: divided, loader) ? divided : nil
  }

  /// What a split was to the model, as far as its file and the data tell.
  ///
  /// - Parameters:
  ///   - split: its name.
  ///   - splits: the splits of the data that it consists of.
  ///   - set: its faces.
  func rule(
    _ split: String, _ splits: [String], _ set: FaceSet, of data: FaceData, _ loader: FaceLoader
  ) throws(TrainError) -> String {
    guard let chosenOn, training.digest != nil else {
      return "\(split); the file does not say what the model was trained and chosen on"
    }
    let trained = trainsOnAll ? "train and \(chosenOn)" : "train"
    let reference =
      trainsOnAll && chosenOn == FaceSplit.private.rawValue ? ", \(RunSummary.protocolWords)" : ""
    let chosen = chosenOn == "none" ? "not chosen" : "chosen on \(chosenOn)\(reference)"
    let faces = splits.flatMap { data.splits[$0] ?? [] }
    if try isThat(training, faces, loaded: set, of: data, loader) {
      return "trained on \(trained), \(chosen); this is \(split): the faces that it was trained on"
    }
    if try isThat(validation, faces, loaded: set, of: data, loader) {
      let also = trainsOnAll ? ", and that its final stage was trained on" : ""
      return "trained on \(trained), \(chosen); this is \(split): the faces that chose it\(also)"
    }
    if let own = data.splits["train"], try isThat(training, own, of: data, loader) {
      if splits.contains("train") {
        return
          "trained on \(trained), \(chosen); this is \(split): among these faces are those that it was trained on"
      }
      let unknown = chosenOn == "folder" ? "; whether some of these chose it is not known" : ""
      return
        "trained on \(trained), \(chosen); this is \(split) of the same data: not the faces that trained or chose it\(unknown)"
    }
    return
      "trained on \(trained), \(chosen) of its own data; this is \(split) of \(data.path): whether these faces were among those is not known"
  }

  /// Whether the faces are those that the file states; they are decoded only when their number fits.
  private func isThat(
    _ stated: Stated, _ faces: [LabelledFace], loaded: FaceSet? = nil, of data: FaceData, _ loader: FaceLoader
  ) throws(TrainError) -> Bool {
    guard let recipe, let count = stated.count, count > 0, faces.count >= count,
      loader.skipsBad || faces.count == count
    else { return false }
    let own = loader.plan.preprocessing
    if let loaded, own.resized == recipe.resized, own.colour == recipe.colour, own.fit == recipe.fit {
      return stated.isThat(of: loaded)
    }
    return stated.isThat(of: try loader.load(faces, of: data, as: recipe))
  }
}
