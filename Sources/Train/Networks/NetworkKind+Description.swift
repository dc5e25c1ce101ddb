internal import FermFormat

extension NetworkKind {
  /// How the name of a description ends.
  static let descriptionEnding = ".net"

  /// The network that a text describes (docs/networks.md).
  ///
  /// - Parameter file: what errors call it.
  /// - Throws: `model`, naming file and line.
  public init(description text: [UInt8], file: String) throws(TrainError) {
    do throws(DescriptionFault) { try self.init(try NetworkDescription(text)) } catch {
      throw error.error(in: file)
    }
  }

  init(_ description: NetworkDescription) throws(DescriptionFault) {
    let side = description.preprocessing.cropped.height
    // So that a fault is found before the faces are read; how many classes there are is not known yet.
    let sides = description.sides(likeThatOf: try NetworkExpansion.graph(description, side: side, classes: 7))
    self.init(
      described: description.name, preprocessing: description.preprocessing, sides: sides,
      digest: description.digest
    ) { settings throws(TrainError) in
      let described: DescribedGraph
      do throws(DescriptionFault) {
        described = try NetworkExpansion.graph(description, side: side, classes: settings.classes)
      } catch { throw error.error(in: description.name) }
      let model: Model
      do throws(FormatError) {
        model = try described.model(
          description.name, description.preprocessing, classes: settings.classes)
      } catch { throw .model(error.description) }
      return try GraphNetwork(
        like: model, classes: settings.classes, seed: settings.seed, described.training)
    }
  }
}

extension NetworkDescription {
  /// The sides of crops around its own for which the description says the same, so that one graph serves them all.
  fileprivate func sides(likeThatOf own: DescribedGraph, classes: Int = 7) -> ClosedRange<Int> {
    let side = preprocessing.cropped.height
    // A long description is tried at fewer.
    var tries = Self.sideSteps / max(own.steps, 1)
    func isServed(_ side: Int) -> Bool {
      tries -= 1
      guard tries >= 0 else { return false }
      let other = try? NetworkExpansion.graph(self, side: side, classes: classes)
      return other == own
    }
    let smaller = stride(from: side - 1, through: 32, by: -1).prefix { isServed($0) }.last
    let larger = stride(from: side + 1, through: 256, by: 1).prefix { isServed($0) }.last
    return (smaller ?? side)...(larger ?? side)
  }
}
