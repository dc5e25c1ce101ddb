internal import FermFormat

extension NetworkKind {
  /// Whether a word names a file rather than a network of this program.
  public static func isFile(_ word: String) -> Bool {
    word.hasSuffix(".ferm") || word.hasSuffix(descriptionEnding) || word.contains("/")
  }

  /// The network that a file describes: a text whose name ends in `.net`, or a model file's graph, outputs and preprocessing,
  /// without its weights.
  ///
  /// - Throws: `model`, naming the file, for one that cannot be trained on faces.
  public init(path: String) throws(TrainError) {
    if path.hasSuffix(Self.descriptionEnding) {
      try self.init(description: try Self.text(path), file: path)
      return
    }
    do throws(FormatError) {
      let file = try ModelFile(path: path)
      try self.init(file, try file.loadModel())
    } catch { throw .model("\(path): \(error.description)") }
  }

  private static func text(_ path: String) throws(TrainError) -> [UInt8] {
    do throws(ImportProblem) {
      let source = try ImportSource(path: path)
      // One byte too many is enough to be refused.
      return try source.bytes(0..<min(source.count, NetworkDescription.byteLimit + 1))
    } catch { throw .model("\(path): \(error.sentence)") }
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
      described: model.name, preprocessing: model.preprocessing, sides: cropped.height...cropped.height,
      digest: digest.hexadecimal
    ) { settings throws(TrainError) in
      try GraphNetwork(like: design, classes: settings.classes, seed: settings.seed)
    }
  }
}

extension Sequence<UInt8> {
  /// The bytes in hexadecimal digits.
  var hexadecimal: String {
    map { byte in "\(byte < 16 ? "0" : "")\(String(byte, radix: 16))" }.joined()
  }
}
