import FermFiles
import FermFormat
import FermRuntime
import FermTrain
import Foundation

/// What a model says of every face of a set: RUN/predictions.csv.
///
/// The file is a plain table. `face` stands for the picture as it was decoded, whatever folder it lies in and whatever size a network
/// takes, and `model` begins the digest of the model's content, so that tables of several models can be put together.
struct Predictions {
  /// A face.
  struct Face {
    /// Its file below the data's folder, or the table and its line.
    let name: String
    /// The number of ``FaceSet/digests``, in hexadecimal digits.
    let picture: String
    let truth: Int
    let predicted: Int
    /// Of each class, at the model's temperature.
    let probabilities: [Double]

    var isRight: Bool { truth == predicted }
  }

  let classes: [String]
  /// The first 16 hexadecimal digits of the digest of the model's content.
  let model: String
  let faces: [Face]

  init(classes: [String], model: String, faces: [Face]) {
    (self.classes, self.model, self.faces) = (classes, model, faces)
  }

  /// Takes logits `[N, classes]` of a set's faces.
  ///
  /// - Parameters:
  ///   - data: the folder or table that the set comes from.
  ///   - model: what ``identity(of:)`` gives.
  init(_ logits: [Float], of set: FaceSet, from data: String, labels: LabelSet, model: String) {
    let count = labels.names.count
    let root = Self.root(of: data)
    self.init(
      classes: labels.names, model: model,
      faces: set.labels.indices.map { n in
        let row = softmax(Array(logits[(n * count)..<((n + 1) * count)]), temperature: labels.temperature)
        let best = row.indices.max { row[$0] != row[$1] ? row[$0] < row[$1] : $0 > $1 }
        let name = set.names[n]
        return Face(
          name: name.hasPrefix(root) ? String(name.dropFirst(root.count)) : name,
          picture: Self.hexadecimal(set.digests[n]), truth: set.labels[n], predicted: best ?? 0,
          probabilities: row.map { Double($0) })
      })
  }

  /// The beginning of the digest of what a model file computes.
  static func identity(of path: String) throws(TrainError) -> String {
    let digest = try TrainTool.naming(path) { () throws(FormatError) in
      try ModelFile(path: path).contentDigest()
    }
    return digest.prefix(8).map { String(format: "%02x", Int($0)) }.joined()
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What the names of faces begin with, as people are told them.
  private static func root(of data: String) -> String {
    let folder = FileSystem.isFolder(data) ? data : (data as NSString).deletingLastPathComponent
    return folder.isEmpty || folder.hasSuffix("/") ? folder.printable : folder.printable + "/"
  }
}
