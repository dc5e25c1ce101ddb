/// The bounds that every file must keep (spec section 10); a reader checks them before it allocates anything.
public enum Limits {
  /// Bytes of a whole file.
  public static let fileBytes: UInt64 = 1 << 30
  /// Chunks of a file.
  public static let chunks = 64
  /// Bytes of any chunk that is read whole: all but the tensor data and the chunks that are skipped.
  public static let recordBytes = 16 << 20
  /// Tensors of a file.
  public static let tensors = 4096
  /// Nodes of a graph.
  public static let nodes = 4096
  /// Inputs of a node.
  public static let inputs = 8
  /// Dimensions of a tensor or value.
  public static let rank = 5
  /// One dimension.
  public static let dimension = 1 << 20
  /// Elements of a tensor or value.
  public static let elements = 1 << 27
  /// Bytes of all tensors, decoded.
  public static let decodedBytes = 1 << 30
  /// Elements of tensors, counted for each node that names them.
  public static let namedElements: Int64 = 1 << 28
  /// Bytes of the values alive at once, for one image, as fp32.
  public static let liveBytes = 512 << 20
  /// Multiply-adds for one image.
  public static let multiplyAdds: Int64 = 1 << 40
  /// UTF-8 bytes of a name of a model, a tensor or a provenance key.
  public static let nameBytes = 128
  /// Classes.
  public static let labels = 65_535
  /// Classes of a file that needs no feature for their number.
  public static let plainLabels = 256
  /// UTF-8 bytes of a label.
  public static let labelBytes = 64
  /// Outputs of a network.
  public static let outputs = 16
  /// Numbers of all outputs together, for one image.
  public static let outputElements: Int64 = 1 << 24
  /// Pairs of maps of one detection.
  public static let levels = 8
  /// Anchors of each place of a level.
  public static let anchors = 64
  /// Key points of a box.
  public static let keyPoints = 64
  /// Crop rules.
  public static let cropRules = 16
  /// Provenance entries.
  public static let provenanceEntries = 1024
  /// UTF-8 bytes of a provenance string.
  public static let provenanceStringBytes = 1 << 16
  /// Notes that a writer puts into a file; leaves room for all other chunks.
  static let notes = 32
  /// UTF-8 bytes of a note's text.
  public static let noteBytes = 1 << 20
  /// Self-tests of a file.
  public static let selfTests = 16
  /// Height or width that preprocessing may resize to, and of an image of a self-test.
  public static let imageSide = 1024
  /// Pixels of an image after its fit, before the resize.
  public static let fittedPixels = 1 << 28
  /// DEFLATE cannot expand further than this; a tensor that claims more is refused unread.
  public static let inflation: UInt64 = 1032

  /// The most bytes that so many stored ones can decode to.
  static func mostDecoded(from stored: UInt64) -> UInt64 { inflation * stored + 64 }
}
