/// Changes parameters by their gradients; keeps what it needs between steps.
public protocol Optimiser: AnyObject {
  /// Does one step on all trained parameters.
  func step(learningRate: Float)
}

/// How to make an optimiser by name.
public struct OptimiserKind: Sendable {
  /// The name: `nesterov`.
  public let name: String
  /// Makes it for these parameters.
  public let make:
    @Sendable (_ parameters: [Parameter], _ weightDecay: Float, _ tape: Sharer) -> any Optimiser

  /// Every optimiser that `--optimizer` knows; a new one is one file and one line here.
  public static let all: [OptimiserKind] = [SGD.nesterov, SGD.plain]

  /// The optimiser with this name.
  public static func named(_ name: String) throws(TrainError) -> OptimiserKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting(
        "There is no optimizer \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }
}
