internal import FermFiles

/// Which classes the faces have, and what they are called.
extension FaceData {
  /// The same faces, labelled by their classes' places among `names`; case does not count where it decides nothing.
  ///
  /// - Parameters:
  ///   - names: the classes of a model or of other faces.
  ///   - owner: whose classes these are, for people.
  /// - Throws: `data`, naming a class that is not among them.
  public func labelled(as names: [String], of owner: String) throws(TrainError) -> FaceData {
    try Evaluation.requireFew(names.count, of: owner)
    guard names != classes else { return self }
    let places = ClassNames.places(of: classes, among: names)
    var result = self
    result.classes = names
    for (split, faces) in splits {
      var byLabel = [[LabelledFace]](repeating: [], count: names.count)
      for var face in faces {
        guard let label = places[face.label] else {
          throw .data(
            "\(path.printable): \(owner) does not know the class \(classes[face.label].printable), which \(face.name) has; its classes are \(ClassNames.listed(names))."
          )
        }
        face.label = label
        byLabel[label].append(face)
      }
      result.splits[split] = byLabel.flatMap { $0 }
    }
    return result
  }

  /// The same faces, some of whose classes have other names; classes that come to one name are one class.
  ///
  /// - Parameters:
  ///   - names: pairs of a class of the data and its new name.
  /// - Throws: `data`, naming a class that is not among the data's.
  public func renamed(_ names: [(from: String, to: String)]) throws(TrainError) -> FaceData {
    guard !names.isEmpty else { return self }
    var titles = classes
    for (name, place) in zip(names, ClassNames.places(of: names.map { $0.from }, among: classes)) {
      guard let place else { throw unknown(name.from) }
      titles[place] = name.to
    }
    var result = self
    result.classes = titles.enumerated().filter { titles.firstIndex(of: $1) == $0 }.map { $1 }
    let places = titles.map { result.classes.firstIndex(of: $0) ?? 0 }
    result.splits = splits.mapValues { faces in Self.ordered(faces, classes: places.count) { places[$0] } }
    return result
  }

  /// The same data without the faces of some classes, which are still classes of it.
  ///
  /// - Parameter places: of the classes.
  public func without(classes places: Set<Int>) -> FaceData {
    guard !places.isEmpty else { return self }
    var result = self
    result.splits = splits.mapValues { faces in faces.filter { !places.contains($0.label) } }
    result.splits = result.splits.filter { !$0.value.isEmpty }
    return result
  }

  /// The faces with other labels, class by class.
  static func ordered(
    _ faces: [LabelledFace], classes: Int, _ label: (Int) -> Int
  ) -> [LabelledFace] {
    var byLabel = [[LabelledFace]](repeating: [], count: classes)
    for var face in faces {
      face.label = label(face.label)
      byLabel[face.label].append(face)
    }
    return byLabel.flatMap { $0 }
  }

  private func unknown(_ name: String) -> TrainError {
    .data(
      "\(path.printable): there is no class \(name.printable) in it; its classes are \(ClassNames.listed(classes))."
    )
  }
}
