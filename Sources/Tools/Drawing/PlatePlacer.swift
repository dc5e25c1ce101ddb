/// Finds places for plates, one after the other.
struct PlatePlacer {
  let picture: Rectangle
  /// The boxes with their lines.
  let faces: [Rectangle]
  private var taken: [Rectangle] = []

  /// With more faces than this nothing stays free, and looking for it would take long.
  private static let mostFaces = 500

  init(picture: Rectangle, faces: [Rectangle]) {
    self.picture = picture
    self.faces = faces
  }

  /// Takes the place that hides least for one of several shapes, the first of equals: above or below the face, beside it,
  /// within it.
  ///
  /// - Returns: nil without shapes.
  mutating func place(_ shapes: [PlateShape], at face: Int) -> AnnotationLayout.Plate? {
    var best: (cost: Double, plate: AnnotationLayout.Plate)?
    for (smaller, shape) in shapes.enumerated() {
      for (place, corner) in corners(shape, faces[face]).enumerated() {
        let ground = Rectangle(x: corner.x, y: corner.y, width: shape.width, height: shape.height)
          .moved(into: picture)
        // Small letters are the price of a free place, not of a nearer one.
        let cost = hidden(ground, face) + 0.01 * Double(place) + 0.15 * Double(smaller)
        if cost < best?.cost ?? .infinity { best = (cost, shape.plate(x: ground.x, y: ground.y)) }
        if faces.count > Self.mostFaces { break }
      }
      if let best, best.cost < 0.15 || faces.count > Self.mostFaces { break }
    }
    if let best { taken.append(best.plate.ground) }
    return best?.plate
  }

  /// Corners of a plate in the order of preference.
  private func corners(_ shape: PlateShape, _ face: Rectangle) -> [(x: Double, y: Double)] {
    let (above, below) = (face.y - shape.height, face.bottom)
    let (flushRight, middle) = (face.right - shape.width, (face.x + (face.width - shape.width) / 2).rounded())
    let (left, right) = (face.x - shape.width, face.right)
    let low = face.bottom - shape.height
    return [
      (face.x, above), (flushRight, above), (middle, above), (face.x, below), (flushRight, below),
      (middle, below),
      (right, face.y), (right, low), (left, face.y), (left, low), (face.x, face.y), (face.x, low),
    ]
  }

  /// How much of a plate's own area it hides, words counting more than other faces, and those more than its own.
  private func hidden(_ ground: Rectangle, _ face: Int) -> Double {
    guard faces.count <= Self.mostFaces else { return 0 }
    var hidden = 0.4 * ground.overlap(faces[face])
    for i in faces.indices where i != face { hidden += ground.overlap(faces[i]) }
    for other in taken { hidden += 2 * ground.overlap(other) }
    return hidden / (ground.width * ground.height)
  }
}
