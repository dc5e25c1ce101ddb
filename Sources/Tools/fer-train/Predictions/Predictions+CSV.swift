import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// The file of predictions: RFC 4180, a row a face, the probabilities last, one column a class.
extension Predictions {
  private static let columns = ["name", "truth", "predicted", "face", "model"]
  private static let share = "p_"

  /// The file's text.
  var csv: String {
    let names = classes.map { $0.csv }
    var lines = [(Self.columns + classes.map { (Self.share + $0).csv }).joined(separator: ",")]
    for face in faces {
      let shares = face.probabilities.map { String(format: "%.6g", $0) }
      let fields = [face.name.csv, names[face.truth], names[face.predicted], face.picture, model]
      lines.append((fields + shares).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a file.
  ///
  /// - Throws: `data`, naming the line that no program of ours wrote.
  init(path: String) throws(TrainError) {
    do {
      var reader = try CSVReader(try ByteRecords(path: FilePath(path)))
      func texts() throws(FileError) -> [String]? {
        try reader.next()?.map { String(decoding: $0, as: UTF8.self) }
      }
      let head = try texts() ?? []
      let names = head.dropFirst(Self.columns.count).map { String($0.dropFirst(Self.share.count)) }
      guard head.starts(with: Self.columns), !names.isEmpty,
        head.dropFirst(Self.columns.count).allSatisfy({ $0.hasPrefix(Self.share) })
      else { throw TrainError.data("\(path): its first line is not that of predictions.") }
      let places = Dictionary(
        zip(names.map { Self.unquoted($0.csv) }, names.indices), uniquingKeysWith: { first, _ in first })
      var (faces, models) = ([Face](), Set<String>())
      while let fields = try texts() {
        let shares = fields.dropFirst(Self.columns.count).compactMap { Arguments.number($0) }
        guard fields.count == head.count, shares.count == names.count, let truth = places[fields[1]],
          let predicted = places[fields[2]]
        else { throw TrainError.data("\(path), line \(reader.line): it is no line of predictions.") }
        faces.append(
          Face(
            name: fields[0], picture: fields[3], truth: truth, predicted: predicted, probabilities: shares))
        models.insert(fields[4])
      }
      guard let model = models.first, models.count == 1 else {
        throw TrainError.data("\(path): it holds predictions of \(models.count) models where one is wanted.")
      }
      self.init(classes: names, model: model, faces: faces)
    } catch let error as TrainError { throw error } catch let error as FileError {
      throw .data(error.message)
    } catch { throw .data("\(path): it cannot be read: \(error).") }
  }

  /// A field without its quotes.
  private static func unquoted(_ field: String) -> String {
    guard field.hasPrefix("\""), field.count > 1 else { return field }
    return field.dropFirst().dropLast().replacingOccurrences(of: "\"\"", with: "\"")
  }
}
