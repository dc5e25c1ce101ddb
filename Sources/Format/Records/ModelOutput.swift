/// One of a network's outputs: its name, what its numbers are, and the values that hold them (spec 4.12).
///
/// ```swift
/// var model = try ModelFile(path: "models/default.ferm").loadModel()
/// model.outputs = [
///   ModelOutput("scores", .scores(value: model.graph.nodes.count)), ModelOutput("face", .embedding(value: 12)),
/// ]
/// ```
public struct ModelOutput: Equatable, Sendable {
  /// What the numbers are; values are named as nodes name them: `i + 1` is the output of node `i`.
  public enum Kind: Equatable, Sendable {
    /// A vector with one number for each label, the logits.
    case scores(value: Int)
    /// A vector that is compared with others by their cosine, never read as probabilities.
    case embedding(value: Int)
    /// Boxes with scores, and key points in them.
    case detection(Detection)

    /// The kind's name, as tools print it.
    public var name: String {
      switch self {
      case .scores: "scores"
      case .embedding: "embedding"
      case .detection: "detection"
      }
    }
  }

  /// The name, unique in its model: letters, digits and `._/-`.
  public var name: String
  /// What the numbers are, and where.
  public var kind: Kind

  /// Makes an output.
  public init(_ name: String, _ kind: Kind) { (self.name, self.kind) = (name, kind) }

  /// What a network gives whose file does not say: class scores, by its last node.
  public static func standard(for graph: Graph) -> ModelOutput {
    ModelOutput("scores", .scores(value: graph.nodes.count))
  }

  /// The values whose numbers belong to it, in file order; of a detection level by level scores, then boxes.
  public var values: [Int] {
    switch kind {
    case .scores(let value), .embedding(let value): [value]
    case .detection(let detection): detection.levels.flatMap { [$0.scores, $0.boxes] }
    }
  }

  /// Names are equal byte by byte.
  public static func == (a: ModelOutput, b: ModelOutput) -> Bool {
    a.name.utf8.elementsEqual(b.name.utf8) && a.kind == b.kind
  }

  /// Whether the numbers are class scores.
  public var isScores: Bool {
    if case .scores = kind { return true }
    return false
  }
}

/// Boxes that a network gives as maps, their numbers counted from anchors (spec 4.12).
///
/// For anchor a at row i, column j of a level's maps of h x w and an input of H x W pixels, with
/// `cx = (j + 0.5) W / w`, `cy = (i + 0.5) H / h` and b the numbers of the boxes' map from channel `a (4 + 2 keyPoints)` on:
/// the box's centre is `(cx + b0 width, cy + b1 height)`, its sides are `b2 width` and `b3 height`, and key point k is
/// `(cx + b[4 + 2k] width, cy + b[5 + 2k] height)`; all in pixels of the input. Its score is the sigmoid of channel a of the
/// scores' map.
public struct Detection: Equatable, Sendable {
  /// The size that a box's numbers are multiples of, in pixels of the network's input.
  public struct Anchor: Equatable, Sendable {
    /// Pixels across.
    public var width: Float
    /// Pixels down.
    public var height: Float

    /// Makes an anchor.
    public init(width: Float, height: Float) { (self.width, self.height) = (width, height) }
  }

  /// The boxes of one pair of maps.
  public struct Level: Equatable, Sendable {
    /// The value of the scores, `[A, h, w]` for A anchors.
    public var scores: Int
    /// The value of the boxes, `[A (4 + 2 keyPoints), h, w]`.
    public var boxes: Int
    /// The anchors of each place.
    public var anchors: [Anchor]

    /// Makes a level.
    public init(scores: Int, boxes: Int, anchors: [Anchor]) {
      (self.scores, self.boxes, self.anchors) = (scores, boxes, anchors)
    }
  }

  /// How many points each box has beside its corners.
  public var keyPoints: Int
  /// The pairs of maps; boxes count in this order, then by rows, columns and anchors.
  public var levels: [Level]

  /// Makes a description of boxes.
  public init(keyPoints: Int, levels: [Level]) { (self.keyPoints, self.levels) = (keyPoints, levels) }
}
