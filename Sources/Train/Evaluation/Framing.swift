public import FermFormat
public import FermRuntime

/// Another way in which a face may have been cut out of its picture: a model's own photos are never framed as those of its training.
public enum Framing: Equatable, Sendable {
  /// With a side of so many hundredths of the usual one; beyond its edge, the face's last pixels go on.
  case side(percent: Int)
  /// Turned by so many degrees, every other face the other way.
  case turned(degrees: Int)
  /// From a picture in which it has so many pixels each way.
  case small(pixels: Int)

  /// Those that ``fer-train eval --framings`` measures.
  public static let usual: [Framing] =
    [80, 90, 95, 105, 110, 125].map { .side(percent: $0) }
    + [5, 10, 15, 20].map { .turned(degrees: $0) } + [32, 24, 16].map { .small(pixels: $0) }

  /// Its name in figures: `side-80`, `turned-10`, `small-32`.
  public var key: String {
    switch self {
    case .side(let percent): "side-\(percent)"
    case .turned(let degrees): "turned-\(degrees)"
    case .small(let pixels): "small-\(pixels)"
    }
  }

  /// The faces as they would have been in this framing.
  ///
  /// - Parameter recipe: has the size that they have; a square.
  public func applied(to set: FaceSet, as recipe: Preprocessing, workers: Workers) -> FaceSet {
    let side = recipe.resized.height
    precondition(side == recipe.resized.width, "framings are of square faces")
    switch self {
    case .side(let percent):
      let view = FaceView(zoom: Double(percent) / 100, degrees: 0)
      return set.changed(workers) { _, face in view.pixels(face, side: side) }
    case .turned(let degrees):
      let views = [1, -1].map { FaceView(zoom: 1, degrees: $0 * Double(degrees)) }
      return set.changed(workers) { i, face in views[i % 2].pixels(face, side: side) }
    case .small(let pixels):
      var small = recipe
      (small.resized, small.cropped) = (Extent(pixels), Extent(pixels))
      return set.fitted(to: small, from: recipe, workers: workers)
        .fitted(to: recipe, from: small, workers: workers)
    }
  }
}

extension FaceView {
  /// What is seen of a square face, in its own size.
  fileprivate func pixels(_ face: FaceSet.Face, side: Int) -> FaceSet.Face {
    let (channels, area) = (face.channels, side * side)
    var canvas = [Float](repeating: 0, count: channels * area)
    var span = canvas.mutableSpan
    draw(face, Extent(side), on: &span, side: side)
    let pixels = (0..<(area * channels)).map { i in
      UInt8(canvas[i % channels * area + i / channels].rounded())
    }
    return (pixels, channels)
  }
}
