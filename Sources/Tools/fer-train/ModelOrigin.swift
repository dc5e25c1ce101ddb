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
  private let isDrawnByClass: Bool

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
    isDrawnByClass = text("validation.drawn") == "by class"
  }

  /// The share of the training faces that chose the model, where it was drawn so that it can be drawn again.
  var share: Double? {
    guard isDrawnByClass, let chosenOn, chosenOn.hasSuffix(" of train") else { return nil }
    return Double(chosenOn.prefix { $0 != " " })
  }

  /// The data with the share that chose the model as its split `val`; nil when the model has none, or was trained on other data.
  func divided(_ data: FaceData, _ loader: FaceLoader) throws(TrainError) -> FaceData? {
    guard let share, data.splits["val"] == nil else { return nil }
    let divided = data.divided(share: share, limit: limit, seed: seed)
    guard let drawn = divided.splits["val"], drawn.count >= validation.count ?? .max else { return nil }
    return try isThat(validation, drawn, of: divided, loader) ? divided : nil
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
    let chosen = chosenOn == "none" ? "not chosen" : "chosen on \(chosenOn)"
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
