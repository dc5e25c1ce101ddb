/// How training faces are varied; every parameter can be set.
///
/// In this order, as in the reference: a random part of the face, a shift, a mirror image, a rotation, fewer pixels, light, then one
/// or ten crops, and in each crop perhaps a blank rectangle. Geometry is one affine map, sampled once, bilinearly.
public struct Augmentation: Equatable, Sendable {
  /// The share of the face's area that is kept; parts larger than the face are drawn again, ten times at most, unless its edge goes on
  /// beyond it.
  public var scale = (least: 1.0, most: 1.0)
  /// Width over height of that part.
  public var ratio = (least: 1.0, most: 1.0)
  /// How often the face is shifted, and by how much of its side at most, each way.
  public var shift = Chance(0, 0)
  /// Mirror images.
  public var flip = Flip.random
  /// How often the face is rotated, and by how many degrees at most, each way.
  public var rotation = Chance(0, 0)
  /// How often the face is seen as if it were small in its photo, and what share of its pixels each way may be missing.
  public var small = Chance(0, 0)
  /// How often brightness and contrast change, and by what share at most, each way.
  public var light = Chance(0, 0)
  /// How often a rectangle of a crop is blanked; its area's share at least and at most.
  public var erasing = (probability: 0.0, least: 0.02, most: 0.33)
  /// Width over height of that rectangle.
  public var erasingRatio = (least: 0.3, most: 3.3)
  /// Whether blank means black, as in the reference, or the mean grey of FER2013's faces.
  public var blank = Blank.black
  /// Whether a shifted or rotated face shows what lies beyond the kept part, where there is such, instead of black.
  public var showsSurroundings = true
  /// What lies beyond the face's own edge.
  public var beyond = Beyond.black
  /// What the network gets of each face.
  public var crops = Crops.random

  /// A probability and a largest amount.
  public struct Chance: Equatable, Sendable {
    /// From 0, never, to 1, always.
    public var probability: Double
    /// The largest amount, each way.
    public var most: Double

    /// Makes a chance.
    public init(_ probability: Double, _ most: Double) {
      self.probability = probability
      self.most = most
    }
  }

  /// When faces are mirrored.
  public enum Flip: String, CaseIterable, Sendable {
    /// Never.
    case never
    /// Half of the time.
    case random
    /// Every other epoch, half of the faces in each: both sides are seen equally often.
    case alternating
  }

  /// What is cut from each face.
  public enum Crops: String, CaseIterable, Sendable {
    /// One crop, anywhere.
    case random
    /// Four corners and the centre, and their mirror images; all ten train.
    case ten

    /// Crops of one face.
    public var count: Int { self == .ten ? 10 : 1 }
  }

  /// What is shown of places that the face does not reach.
  public enum Beyond: String, CaseIterable, Sendable {
    /// Nothing.
    case black
    /// The nearest pixel of the face's edge, as in a wider picture of the same background.
    case edge
  }

  /// What a blank rectangle is filled with.
  public enum Blank: String, CaseIterable, Sendable {
    case black
    case mean

    /// The pixel value.
    var pixel: Float { self == .black ? 0 : 129.5 }
  }

  /// Random crops and mirror images alone.
  public init() {}

  /// The reference's (docs/recipes.md): ten crops a face.
  public static let reference: Augmentation = {
    var a = Augmentation()
    a.scale = (0.8, 1.2)
    a.ratio = (3.0 / 4, 4.0 / 3)
    a.shift = Chance(0.5, 0.2)
    a.rotation = Chance(0.5, 10)
    a.erasing = (0.5, 0.02, 0.33)
    a.showsSurroundings = false
    a.crops = .ten
    return a
  }()

  /// That of the default preset: one crop a face, gentler shifts, light, mean-grey blanks.
  public static let standard: Augmentation = {
    var a = Augmentation()
    a.scale = (0.8, 1)
    a.ratio = (0.9, 1.11)
    a.shift = Chance(0.5, 0.08)
    a.flip = .alternating
    a.rotation = Chance(0.5, 10)
    a.light = Chance(0.3, 0.25)
    a.erasing = (0.2, 0.02, 0.25)
    a.blank = .mean
    return a
  }()

  /// The same without blank rectangles.
  var withoutErasing: Augmentation {
    var copy = self
    copy.erasing.probability = 0
    return copy
  }

  /// Whether both are described alike.
  public static func == (a: Augmentation, b: Augmentation) -> Bool { a.described == b.described }

  /// One line that says all of it.
  public var described: String {
    func range(_ r: (least: Double, most: Double)) -> String { "\(r.least)-\(r.most)" }
    return [
      "scale \(range(scale))", "ratio \(range(ratio))", "shift \(shift.probability):\(shift.most)",
      "flip \(flip.rawValue)", "rotate \(rotation.probability):\(rotation.most)",
      // A file without this is of a run in which no face was made small, as none was before there was the option.
      small.probability > 0 ? "small \(small.probability):\(small.most)" : nil,
      "light \(light.probability):\(light.most)",
      "erase \(erasing.probability):\(erasing.least)-\(erasing.most)", "erase ratio \(range(erasingRatio))",
      "blank \(blank.rawValue)", "surroundings \(showsSurroundings ? "shown" : "black")",
      // A file without this is of a run with black, as all were before there was another.
      beyond == .black ? nil : "beyond \(beyond.rawValue)", "crops \(crops.rawValue)",
    ].compactMap { $0 }.joined(separator: ", ")
  }
}
