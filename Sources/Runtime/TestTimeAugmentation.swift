public import FermFormat

/// Several views of one face whose logits are averaged; `flip` takes twice the time of one crop, `ten` ten times.
///
/// ```swift
/// let session = try Session(try Plan(path: "models/default.ferm"))
/// let recipe = session.plan.preprocessing
/// let crops = try TestTimeAugmentation.ten.crops(of: recipe)
/// let (preprocessor, size) = (Preprocessor(recipe), recipe.inputShape.count)
/// let grey = [UInt8](repeating: 128, count: 48 * 48)
/// let face = try preprocessor.resized(PixelImage(grey, width: 48, height: 48, channels: 1))
/// var input = [Float](repeating: 0, count: crops.count * size)
/// preprocessor.write(face, crops: crops, to: &input, at: 0)
/// let classes = session.plan.labels.names.count
/// let logits = TestTimeAugmentation.mean(of: try session.logits(input), crops: crops.count, classes: classes)
/// print(softmax(logits, temperature: session.plan.labels.temperature))
/// ```
public enum TestTimeAugmentation: Sendable, CaseIterable {
  /// The centre crop alone.
  case none
  /// The centre crop and its mirror image.
  case flip
  /// The four corners and the centre, and the mirror image of each, as in the reference (arXiv 2105.03588).
  case ten

  /// Its name on command lines and in reports.
  public var name: String {
    switch self {
    case .none: "none"
    case .flip: "flip"
    case .ten: "ten"
    }
  }

  /// The crops of every face, in a fixed order.
  ///
  /// - Throws: `value` for ten crops of a recipe whose crop takes the whole image, so that there would be only two.
  public func crops(of recipe: Preprocessing) throws(FormatError) -> [Crop] {
    let centre = Crop.centre(of: recipe)
    switch self {
    case .none: return [centre]
    case .flip: return [centre, centre.mirror]
    case .ten:
      guard recipe.cropped != recipe.resized else {
        throw FormatError(
          .value,
          "The model sees the whole face, so there are no ten crops of it; use flip, which averages the face and its mirror image."
        )
      }
      return Crop.ten(of: recipe)
    }
  }

  /// The mean of every `crops` consecutive rows of logits, summed in fp64 in their order.
  ///
  /// - Parameters:
  ///   - logits: `[N * crops, classes]`.
  ///   - crops: how many rows belong to one image.
  ///   - classes: how many numbers a row has.
  /// - Returns: `[N, classes]`.
  public static func mean(of logits: [Float], crops: Int, classes: Int) -> [Float] {
    guard crops > 1 else { return logits }
    var means: [Float] = []
    means.reserveCapacity(logits.count / crops)
    for first in stride(from: 0, to: logits.count, by: crops * classes) {
      for label in 0..<classes {
        var sum = 0.0
        for crop in 0..<crops { sum += Double(logits[first + crop * classes + label]) }
        means.append(Float(sum / Double(crops)))
      }
    }
    return means
  }
}

/// Where the network's input is cut from a resized image.
public struct Crop: Equatable, Sendable {
  /// The first row.
  public let top: Int
  /// The first column.
  public let left: Int
  /// Whether left and right change places.
  public let isMirrored: Bool

  /// Makes a crop.
  public init(top: Int, left: Int, isMirrored: Bool = false) {
    self.top = top
    self.left = left
    self.isMirrored = isMirrored
  }

  /// The centre crop of spec section 8.
  public static func centre(of recipe: Preprocessing) -> Crop {
    Crop(
      top: (recipe.resized.height - recipe.cropped.height) / 2,
      left: (recipe.resized.width - recipe.cropped.width) / 2)
  }

  /// The four corners and the centre, and then the mirror image of each.
  public static func ten(of recipe: Preprocessing) -> [Crop] {
    let (bottom, right) = (
      recipe.resized.height - recipe.cropped.height, recipe.resized.width - recipe.cropped.width
    )
    let five = [
      Crop(top: 0, left: 0), Crop(top: 0, left: right), Crop(top: bottom, left: 0),
      Crop(top: bottom, left: right), centre(of: recipe),
    ]
    return five + five.map { $0.mirror }
  }

  /// The same place, mirrored.
  public var mirror: Crop { Crop(top: top, left: left, isMirrored: !isMirrored) }
}

extension Preprocessor {
  /// Writes one input `[C, H, W]` for each crop of a resized image, one after the other.
  public func write(
    _ resized: (pixels: [UInt8], channels: Int), crops: [Crop], to input: inout [Float], at start: Int
  ) {
    for (i, crop) in crops.enumerated() {
      write(
        resized, top: crop.top, left: crop.left, mirrored: crop.isMirrored, to: &input,
        at: start + i * recipe.inputShape.count)
    }
  }
}
