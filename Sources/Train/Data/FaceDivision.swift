internal import FermFiles

/// Which of the training faces choose the best epoch or judge the model, instead of training.
///
/// ```swift
/// func divided(_ data: FaceData) throws -> FaceData {
///   // A tenth of each class chooses; the same seed draws the same faces.
///   try data.divided(FaceDivision(validation: .share(0.1), seed: 1))
/// }
/// ```
public struct FaceDivision: Sendable {
  /// A part of the training faces.
  public enum Part: Equatable, Sendable {
    /// A share of each class, above 0 and below 1.
    case share(Double)
    /// One of several parts of equal size, counted from 1, which together are all faces.
    case fold(Int, of: Int)
  }

  /// The part that chooses; nil for none.
  public var validation: Part?
  /// The share that judges, above 0 and below 1; nil for none.
  public var test: Double?
  /// How many faces there are to be divided; 0 for all.
  public var limit: Int
  /// Fixes what is drawn.
  public var seed: UInt64

  /// Describes a division.
  public init(validation: Part? = nil, test: Double? = nil, limit: Int = 0, seed: UInt64) {
    (self.validation, self.test, self.limit, self.seed) = (validation, test, limit, seed)
  }
}

extension FaceData {
  /// The same data, with each face's group as `group` names it.
  ///
  /// - Parameter group: is given the faces of a split, and names the group of each; nil for one that belongs to none.
  public func grouped(
    _ group: ([LabelledFace]) throws(TrainError) -> [String?]
  ) throws(TrainError) -> FaceData {
    var result = self
    for (split, faces) in splits {
      let names = try group(faces)
      result.splits[split] = faces.indices.map { place in
        var face = faces[place]
        face.group = names[place]
        return face
      }
    }
    return result
  }

  /// The same data, with parts of `train` as its splits `val` and `test`; the first is drawn from what the second leaves.
  ///
  /// Parts are drawn class by class; where the faces have groups, group by group, as evenly over the classes as groups allow.
  /// - Throws: `data` where there are too few groups, or where the data has a split `test` of its own and one is asked for.
  public func divided(_ division: FaceDivision) throws(TrainError) -> FaceData {
    var result = limited(to: division.limit, seed: division.seed)
    var rest = result.splits["train"] ?? []
    if let share = division.test {
      guard result.splits["test"] == nil else {
        throw .data("\(path.printable): it has test faces of its own; leave --test out.")
      }
      let drawn = try taken(.share(share), of: rest, seed: RandomNumbers.mix(division.seed &+ 0x7465_7374))
      (result.splits["test"], rest) = (drawn.taken, drawn.left)
    }
    if let part = division.validation {
      var part = part
      if case .share(let share) = part { part = .share(min(share / (1 - (division.test ?? 0)), 1)) }
      let drawn = try taken(part, of: rest, seed: division.seed)
      (result.splits["val"], rest) = (drawn.taken, drawn.left)
    }
    result.splits["train"] = rest
    result.isSplit = result.isSplit || division.test != nil || division.validation != nil
    return result
  }

  private func taken(
    _ part: FaceDivision.Part, of faces: [LabelledFace], seed: UInt64
  ) throws(TrainError) -> (taken: [LabelledFace], left: [LabelledFace]) {
    guard faces.contains(where: { $0.group != nil }) else {
      switch part {
      case .share(let share): return Self.divided(faces, share: share, seed: seed)
      case .fold(let fold, let count):
        let folds = Self.folds(faces.map { $0.label }, count: count, seed: seed)
        return Self.divided(faces, by: folds.map { $0 == fold - 1 })
      }
    }
    // A face without a group is one of its own.
    let groups = faces.indices.map { faces[$0].group ?? "\u{0}\($0)" }
    let all = Set(groups).count
    let (shares, own): ([Double], Int)
    switch part {
    case .share(let share): (shares, own) = ([share, 1 - share], 0)
    case .fold(let fold, let count):
      (shares, own) = ([Double](repeating: 1 / Double(count), count: count), fold - 1)
    }
    guard all >= shares.count else {
      throw .data(
        "\(path.printable): its training faces are of \(all == 1 ? "one group" : "\(all) groups"), which cannot be divided into \(shares.count) parts."
      )
    }
    let parts = GroupDivision(labels: faces.map { $0.label }, groups: groups, shares: shares, seed: seed)
      .parts
    let result = Self.divided(faces, by: parts.map { $0 == own })
    guard !result.taken.isEmpty, !result.left.isEmpty else {
      throw .data(
        "\(path.printable): its groups are too large to take such a share of the \(faces.count) training faces; ask for a larger one."
      )
    }
    return result
  }

  /// Takes a share of each class, at least one face of a class that has two, and leaves at least one.
  ///
  /// - Returns: what is taken, and what is left, both in the order of `faces`.
  public static func divided(
    _ faces: [LabelledFace], share: Double, seed: UInt64
  ) -> (taken: [LabelledFace], left: [LabelledFace]) {
    var byClass: [Int: [Int]] = [:]
    for (place, face) in faces.enumerated() { byClass[face.label, default: []].append(place) }
    var taken = [Bool](repeating: false, count: faces.count)
    for (label, places) in byClass {
      let wanted = Int((Double(places.count) * share).rounded())
      var random = RandomNumbers(seed: seed, 0x7368_6172, UInt64(label))
      for place in places.shuffled(using: &random).prefix(min(max(wanted, 1), places.count - 1)) {
        taken[place] = true
      }
    }
    return divided(faces, by: taken)
  }

  /// Deals faces out to folds, class by class: no two folds differ by more than one face of a class, or in all.
  ///
  /// - Returns: for each label's face, its fold, from 0.
  static func folds(_ labels: [Int], count: Int, seed: UInt64) -> [Int] {
    var folds = [Int](repeating: 0, count: labels.count)
    var next = 0
    for (label, places) in Dictionary(grouping: labels.indices, by: { labels[$0] }).sorted(by: {
      $0.key < $1.key
    }) {
      var random = RandomNumbers(seed: seed, 0x666F_6C64, UInt64(label))
      for place in places.shuffled(using: &random) {
        folds[place] = next % count
        next += 1
      }
    }
    return folds
  }

  private static func divided(
    _ faces: [LabelledFace], by isTaken: [Bool]
  ) -> (taken: [LabelledFace], left: [LabelledFace]) {
    (
      faces.indices.filter { isTaken[$0] }.map { faces[$0] },
      faces.indices.filter { !isTaken[$0] }.map { faces[$0] }
    )
  }
}
