import FermDrawing
import FermFormat
import FermImage
import FermRuntime
import FermTrain

/// Training faces as they are, and as the network sees them over the run.
struct AugmentedFaces {
  private let faces: FaceSet
  private let classes: [String]
  private let options: FitOptions
  private let workers: Workers
  private static let (mostRows, columns) = (8, 6)

  init(_ faces: TrainingFaces, _ options: FitOptions, _ workers: Workers) {
    (self.faces, classes, self.options, self.workers) = (faces.train, faces.classes, options, workers)
  }

  /// A table: a row for a face of each class, a column for each of some epochs.
  func table() throws(TrainError) -> HTML {
    let (headings, all) = views()
    var rows: [[HTML]] = []
    for (label, pictures) in all {
      var row: [HTML] = ["\(label)"]
      for (column, picture) in pictures.enumerated() {
        row.append(try FacePicture.picture(picture, "\(label)\(column > 0 ? ", varied" : "")"))
      }
      rows.append(row)
    }
    let head: [HTML] =
      [""] + headings.map { "\($0.enumerated().map { $0 > 0 ? "<br/>\($1)" : "\($1)" as HTML })" }
    return "<div class=\"views\">\(HTML.table(head, rows, words: Set(head.indices)))</div>\n"
  }

  /// The same as a picture; where nothing can be written on it, without words and with the reason.
  func picture() -> (picture: Image, lacksWords: DrawingError?) {
    let (headings, rows) = views()
    let grid = PictureGrid(headings: headings, rows: rows)
    do throws(DrawingError) { return (try grid.drawn(try DrawingLibrary()), nil) } catch {
      return (grid.withoutWords(), error)
    }
  }

  /// A face of each class: as it is, then as the network sees it in each of some epochs.
  private func views() -> (headings: [[String]], rows: [PictureGrid.Row]) {
    let chosen = classes.indices.compactMap { label -> Int? in
      let own = faces.labels.indices.filter { faces.labels[$0] == label }
      return own.isEmpty ? nil : own[own.count / 2]
    }.prefix(Self.mostRows)
    let (settings, own) = (options.settings, options.preprocessing)
    var headings = [["the face"]]
    var rows = chosen.map { place -> PictureGrid.Row in
      let (face, size) = (faces.faces[place], own.resized)
      let picture = Image(
        width: size.width, height: size.height, channels: face.channels, pixels: face.pixels)
      return (classes[faces.labels[place]], [picture])
    }
    for (column, epoch) in epochs.enumerated() {
      let recipe = settings.preprocessing(epoch: epoch, of: own)
      headings.append(["epoch \(epoch + 1)", "\(recipe.cropped.height) px"])
      let views = views(of: Array(chosen), epoch: epoch, recipe, crop: column)
      for (row, view) in views.enumerated() { rows[row].pictures.append(view) }
    }
    return (headings, rows)
  }

  /// Some epochs of the run's main part, the first and the last among them; with ten crops a face's are the same in all.
  private var epochs: [Int] {
    let last = options.settings.epochs - 1
    let count = min(Self.columns, last + 1)
    return (0..<count).map { $0 * last / max(count - 1, 1) }
  }

  private func views(of chosen: [Int], epoch: Int, _ recipe: Preprocessing, crop: Int) -> [Image] {
    var augmentation = options.settings.augmentation
    if options.settings.isCalm(epoch: epoch) { augmentation.erasing.probability = 0 }
    let inputs = BatchSampler(
      faces, faces: options.preprocessing.resized, recipe: recipe, augmentation: augmentation,
      seed: options.settings.seed
    ).inputs(chosen, epoch: epoch, pool: BufferPool(), workers: workers)
    let (count, crops) = (recipe.inputShape.count, augmentation.crops.count)
    return chosen.indices.map { row in
      let first = (row * crops + crop % crops) * count
      return Image(networkInput: { inputs[first + $0] }, of: recipe)
    }
  }
}
