internal import FermFiles
internal import Foundation

/// The classes that an evaluation tells apart where they are not the model's own: some are one, some are left out.
///
/// The probability of classes that are one is the sum of theirs. A class that is left out is no answer: what remains of the
/// probabilities sums to 1.
public struct AnswerClasses: Sendable {
  /// What they are called: `angry+disgust` where several are one.
  public let names: [String]
  /// For each, the places of the model's classes that it consists of.
  public let members: [[Int]]
  /// How many classes the model has.
  private let known: Int

  /// Finds the classes.
  ///
  /// - Parameters:
  ///   - names: the model's classes.
  ///   - leftOut: places of those that are no answer.
  ///   - merged: classes that are one, by name.
  ///   - owner: whose classes these are, for people.
  /// - Throws: `setting` for a class that is unknown, left out or in two groups, and where fewer than two classes remain.
  public init(
    _ names: [String], leavingOut leftOut: Set<Int> = [], merging merged: [[String]] = [], of owner: String
  ) throws(TrainError) {
    var group = Array(names.indices)
    var seen = leftOut
    for together in merged {
      var places: [Int] = []
      for (name, place) in zip(together, ClassNames.places(of: together, among: names)) {
        guard let place else {
          throw .setting(
            "\(owner) has no class \(name.printable) to be merged; its classes are \(ClassNames.listed(names))."
          )
        }
        guard seen.insert(place).inserted else {
          throw .setting("The class \(name.printable) is left out or merged already; name it once.")
        }
        places.append(place)
      }
      let first = places.min() ?? 0
      for place in places { group[place] = first }
    }
    let firsts = names.indices.filter { group[$0] == $0 && !leftOut.contains($0) }
    guard firsts.count > 1 else {
      throw .setting("Fewer than two classes are left to tell apart; merge or leave out fewer.")
    }
    members = firsts.map { first in names.indices.filter { group[$0] == first } }
    self.names = members.map { $0.map { names[$0] }.joined(separator: "+") }
    known = names.count
  }

  /// The class that one of the model's is part of; nil for one that is left out.
  public func place(of label: Int) -> Int? { members.firstIndex { $0.contains(label) } }

  /// The logits of these classes, for the model's temperature.
  ///
  /// - Parameters:
  ///   - logits: the model's, `[N, the model's classes]`.
  ///   - temperature: the model's.
  /// - Returns: `[N, classes]`; their softmax at that temperature is what has been said of probabilities above.
  public func logits(_ logits: [Float], temperature: Float) -> [Float] {
    stride(from: 0, to: logits.count, by: known).flatMap { row in
      members.map { places -> Float in
        let own = places.map { Double(logits[row + $0]) / Double(temperature) }
        let largest = own.max() ?? 0
        return Float((largest + log(own.reduce(0) { $0 + exp($1 - largest) })) * Double(temperature))
      }
    }
  }
}
