internal import FermFiles

/// What a training face teaches beside its label.
public struct Lesson: Equatable, Sendable {
  /// How much it counts in the loss, from 0; what matters is how it compares with the faces of the same step.
  public var weight: Float
  /// The share of each class in people's votes; empty where the label says all.
  public var votes: [Float]

  /// Makes a lesson; without arguments one of a label alone.
  public init(weight: Float = 1, votes: [Float] = []) { (self.weight, self.votes) = (weight, votes) }

  /// A class, drawn by the shares of the votes.
  func draw(_ random: inout RandomNumbers) -> Int? {
    var rest = random.uniform()
    for (k, share) in votes.enumerated() where share > 0 {
      if rest < share { return k }
      rest -= share
    }
    return votes.lastIndex { $0 > 0 }
  }
}

extension FaceSet {
  /// The labels of some faces in an epoch: their own, or where votes are drawn from, one of the voters'.
  func labels(of places: [Int], epoch: Int, seed: UInt64, votes: VoteUse) -> [Int] {
    guard votes == .probabilistic else { return places.map { labels[$0] } }
    return places.map { face in
      var random = RandomNumbers(seed: seed, 0x766F_7465, UInt64(epoch), UInt64(face))
      return lessons[face].draw(&random) ?? labels[face]
    }
  }
}

extension Lesson {
  /// A weight as a table has it; nil for what is none.
  public static func weight(_ text: String) -> Float? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Float(text),
      number.isFinite, number >= 0
    else { return nil }
    return number
  }

  /// What is wrong with a weight.
  public static func weightFault(_ text: String) -> String {
    "weight is \(text.printable); it must be a number of at least 0."
  }
}

extension FaceData {
  /// The same data, its training faces with other weights.
  ///
  /// - Parameter weight: names the weight of each; nil for one that keeps its own.
  public func weighted(
    _ weight: ([LabelledFace]) throws(TrainError) -> [Float?]
  ) throws(TrainError) -> FaceData {
    guard let faces = splits[FaceSplit.train.rawValue] else { return self }
    var result = self
    let weights = try weight(faces)
    result.splits[FaceSplit.train.rawValue] = zip(faces, weights).map { face, weight in
      var face = face
      face.lesson.weight = weight ?? face.lesson.weight
      return face
    }
    return result
  }
}
