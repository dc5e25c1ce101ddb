internal import FermFormat

extension NetworkKind {
  /// Whether a word names a model file rather than a network of this program.
  public static func isFile(_ word: String) -> Bool { word.hasSuffix(".ferm") || word.contains("/") }

  /// The network that a model file describes: its graph, outputs and preprocessing, without its weights.
  ///
  /// - Throws: `model`, naming the file, for one that cannot be trained on faces.
  public init(path: String) throws(TrainError) {
    do throws(FormatError) {
      let file = try ModelFile(path: path)
      try self.init(file, try file.loadModel())
    } catch { throw .model("\(path): \(error.description)") }
  }

  /// - Parameter model: what the file holds.
  init(_ file: ModelFile, _ model: Model) throws(FormatError) {
    let cropped = model.preprocessing.cropped
    guard cropped.height == cropped.width else {
      throw FormatError(
        .value,
        "its crops are \(cropped.height) x \(cropped.width) pixels; only square ones can be trained on.")
    }
    guard model.outputs.contains(where: { $0.isScores }) else {
      throw FormatError(.value, "it gives no class scores, by which it could be trained.")
    }
    var stripped = model
    (stripped.selfTests, stripped.notes, stripped.provenance) = ([], [], Provenance())
    let (design, digest) = (stripped, try file.contentDigest().prefix(8))
    self.init(
      described: model.name, preprocessing: model.preprocessing, side: cropped.height,
      digest: digest.map { byte in "\(byte < 16 ? "0" : "")\(String(byte, radix: 16))" }.joined()
    ) { settings throws(TrainError) in
      try GraphNetwork(like: design, classes: settings.classes, seed: settings.seed)
    }
  }
}
