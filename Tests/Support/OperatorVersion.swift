import FermFormat

/// An operator of the format in one of its versions: what the tests of completeness ask about.
public struct OperatorVersion: Hashable, Sendable, CustomStringConvertible {
  /// The operator's name and number.
  public let name: String
  /// The operator's number in a file.
  public let code: UInt16
  /// The version, from 1 on.
  public let version: UInt8
  /// `convolution 2`.
  public var description: String { "\(name) \(version)" }

  /// Every version of every operator.
  public static var all: [OperatorVersion] {
    Operator.all.flatMap { kind in
      (1...kind.newestVersion).map { OperatorVersion(name: kind.name, code: kind.code, version: $0) }
    }
  }

  /// Those that a graph does not use.
  public static func missing(in graph: Graph) -> Set<OperatorVersion> { missing(in: [graph]) }

  /// Those that none of these graphs uses.
  public static func missing(in graphs: some Sequence<Graph>) -> Set<OperatorVersion> {
    let used = graphs.flatMap { $0.nodes }.map {
      OperatorVersion(name: $0.operator.name, code: $0.operator.code, version: $0.version)
    }
    return Set(all).subtracting(used)
  }
}
