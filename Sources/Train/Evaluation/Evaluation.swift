public import FermFormat
public import FermRuntime
internal import Foundation

/// How good a model is on one set of faces.
///
/// ```swift
/// func report(_ model: Model, on faces: FaceSet) throws -> String {
///   let evaluation = try Evaluation(try Plan(model), on: faces, threads: 2)
///   let (low, high) = evaluation.interval
///   return "\(evaluation.top1) (\(low) to \(high))\n" + evaluation.classificationReport(model.labels.names)
/// }
/// ```
public struct Evaluation: Sendable {
  /// Precision, recall, F1 and support of one class, or an average of them.
  public struct Scores: Equatable, Sendable {
    /// Of the faces given this label, the share that have it.
    public let precision: Double
    /// Of the faces with this label, the share that were given it.
    public let recall: Double
    /// The harmonic mean of both.
    public let f1: Double
    /// Faces with this label.
    public let support: Int
  }

  /// The faces whose likeliest class has a probability within a range.
  public struct Bin: Equatable, Sendable {
    /// Faces.
    public fileprivate(set) var count = 0
    /// Those of them whose likeliest class is right.
    public fileprivate(set) var right = 0
    fileprivate var sum = 0.0

    /// The share that is right; 0 without faces.
    public var accuracy: Double { Double(right) / Double(max(count, 1)) }
    /// The mean probability of the likeliest class; 0 without faces.
    public var confidence: Double { sum / Double(max(count, 1)) }
    /// Wilson's 95 % interval of the share that is right.
    public var interval: (low: Double, high: Double) { Evaluation.interval(of: accuracy, count: count) }
  }

  /// Faces.
  public let count: Int
  /// Share of faces whose likeliest class is right.
  public let top1: Double
  /// Share of faces with the right class among the two likeliest.
  public let top2: Double
  /// Mean cross-entropy in nats, at the model's temperature.
  public let loss: Double
  /// Expected calibration error over 15 bins (Guo et al., 2017).
  public let calibrationError: Double
  /// Faces by the probability of their likeliest class, in 15 ranges of the same width.
  public let bins: [Bin]
  /// Wilson's 95 % interval of top-1.
  public let interval: (low: Double, high: Double)
  /// Rows are the truth, columns the prediction.
  public let confusion: [[Int]]
  /// The scores of each class.
  public let perClass: [Scores]

  /// Runs the model on every face.
  ///
  /// - Parameters:
  ///   - views: the crops of each face whose logits are averaged.
  ///   - precision: of the session that runs it.
  public init(
    _ plan: Plan, on set: FaceSet, views: TestTimeAugmentation = .none, threads: Int,
    precision: Precision = .exact
  ) throws(FormatError) {
    self.init(
      logits: try Self.logits(plan, on: set, views: views, threads: threads, precision: precision),
      labels: set.labels, classes: plan.labels.names.count, temperature: plan.labels.temperature)
  }

  /// The logits of every face, `[N, classes]`, averaged over its views.
  ///
  /// - Throws: `notFinite` for a network that gives some face none that are finite, `unsupported` for one without class scores.
  public static func logits(
    _ plan: Plan, on set: FaceSet, views: TestTimeAugmentation, threads: Int, precision: Precision = .exact
  ) throws(FormatError) -> [Float] {
    try logits(plan, on: set, views: views, threads: threads, precision: precision, goesOn: { _ in true })
      ?? []
  }

  /// The same with a closure that sees the progress and may end it.
  ///
  /// - Parameter goesOn: told from time to time how many faces are done; false ends it.
  /// - Returns: nil when it was ended.
  public static func logits(
    _ plan: Plan, on set: FaceSet, views: TestTimeAugmentation, threads: Int, precision: Precision = .exact,
    goesOn: (_ done: Int) -> Bool
  ) throws(FormatError) -> [Float]? {
    if let fault = plan.scoresFault { throw fault }
    let session = try Session(plan, maxBatch: 64, threads: threads, precision: precision)
    let preprocessor = Preprocessor(plan.preprocessing)
    let crops = try views.crops(of: plan.preprocessing)
    let size = plan.preprocessing.inputShape.count * crops.count
    let images = max(1, 256 / crops.count)
    var logits: [Float] = []
    for first in stride(from: 0, to: set.count, by: images) {
      guard goesOn(first) else { return nil }
      let part = first..<min(first + images, set.count)
      var input = [Float](repeating: 0, count: part.count * size)
      for i in part {
        preprocessor.write(set.faces[i], crops: crops, to: &input, at: (i - first) * size)
      }
      logits += TestTimeAugmentation.mean(
        of: try session.uncheckedLogits(input), crops: crops.count, classes: plan.labels.names.count)
    }
    if let place = logits.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        .notFinite,
        "The network's logits for face \(place / plan.labels.names.count + 1) of \(set.count) are not finite: its numbers outgrow fp32."
      )
    }
    return logits
  }

  /// A confusion matrix is as large as the square of the classes, so that no more are counted than anybody reads.
  public static let mostClasses = 1024

  /// Refuses more classes than an evaluation counts; a model file may have more.
  public static func requireFew(_ classes: Int, of owner: String) throws(TrainError) {
    guard classes <= mostClasses else {
      throw .data(
        "\(owner) has \(classes) classes; faces are counted by pairs of classes, of \(mostClasses) classes at most."
      )
    }
  }

  /// Scores logits `[N, classes]` against the truth.
  public init(logits: [Float], labels: [Int], classes: Int, temperature: Float) {
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var bins = [Bin](repeating: Bin(), count: 15)
    var (second, loss) = (0, 0.0)
    for (n, label) in labels.enumerated() {
      let p = softmax(Array(logits[(n * classes)..<((n + 1) * classes)]), temperature: temperature)
      let order = p.indices.sorted { p[$0] != p[$1] ? p[$0] > p[$1] : $0 < $1 }
      confusion[label][order[0]] += 1
      if order.prefix(2).contains(label) { second += 1 }
      loss -= log(max(Double(p[label]), 1e-30))
      let bin = p[order[0]].isFinite ? min(14, Int(p[order[0]] * 15)) : 0
      bins[bin].count += 1
      bins[bin].right += order[0] == label ? 1 : 0
      bins[bin].sum += Double(p[order[0]])
    }
    let n = Double(max(labels.count, 1))
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    count = labels.count
    top1 = Double(right) / n
    top2 = Double(second) / n
    self.loss = loss / n
    calibrationError = bins.reduce(0) { $0 + abs(Double($1.right) - $1.sum) } / n
    self.bins = bins
    interval = Self.interval(of: top1, count: labels.count)
    self.confusion = confusion
    perClass = confusion.indices.map { k in
      let support = confusion[k].reduce(0, +)
      let given = confusion.reduce(0) { $0 + $1[k] }
      let hits = Double(confusion[k][k])
      let precision = given > 0 ? hits / Double(given) : 0
      let recall = support > 0 ? hits / Double(support) : 0
      let f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
      return Scores(precision: precision, recall: recall, f1: f1, support: support)
    }
  }

  /// The plain mean over the classes that have faces.
  public var macro: Scores { average { $0.support > 0 ? 1 : 0 } }
  /// The mean over the classes, weighted by their faces.
  public var weighted: Scores { average { Double($0.support) } }

  private func average(_ weight: (Scores) -> Double) -> Scores {
    let total = max(perClass.reduce(0) { $0 + weight($1) }, 1e-300)
    func mean(_ value: (Scores) -> Double) -> Double {
      perClass.reduce(0) { $0 + weight($1) * value($1) } / total
    }
    return Scores(
      precision: mean { $0.precision }, recall: mean { $0.recall }, f1: mean { $0.f1 }, support: count)
  }

  /// Wilson's 95 % interval of a share of so many faces.
  public static func interval(of share: Double, count: Int) -> (low: Double, high: Double) {
    let (z, n) = (1.959963984540054, Double(max(count, 1)))
    let centre = share + z * z / (2 * n)
    let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // Rounding must not put the share outside of its own interval.
    return (
      min(share, (centre - spread) / (1 + z * z / n)), max(share, (centre + spread) / (1 + z * z / n))
    )
  }
}
