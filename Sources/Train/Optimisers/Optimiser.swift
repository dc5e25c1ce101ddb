internal import FermFormat

/// Changes a network's parameters by their gradients, one step at a time.
public final class Optimiser {
  /// The trained parameters, in the network's order.
  public let parameters: [Parameter]
  /// Steps done so far.
  public private(set) var steps = 0
  private let rule: any UpdateRule
  /// For each of the rule's buffers, one tensor a parameter.
  private let buffers: [[Tensor]]
  private let settings: OptimiserSettings
  private let sharer: Sharer

  /// Makes an optimiser for those of `parameters` that are trained.
  public init(_ parameters: [Parameter], rule: any UpdateRule, settings: OptimiserSettings, sharer: Sharer) {
    let trained = parameters.filter { $0.gradient != nil }
    self.parameters = trained
    self.rule = rule
    self.settings = settings
    self.sharer = sharer
    buffers = rule.buffers.map { _ in trained.map { Tensor(zeros: $0.value.shape) } }
  }

  /// Does one step on all trained parameters.
  ///
  /// - Complexity: one pass over weights, gradients and buffers, shared between the threads; bound by memory.
  public func step(learningRate: Double) {
    steps += 1
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = parameter.gradient else { continue }
      let decays = settings.decaysAll || parameter.kind == .weight
      let own = buffers.map { $0[i].data }
      sharer.share(gradient.count) { range in
        let first = range.lowerBound
        rule.update(
          ParameterSlice(
            weights: parameter.value.data + first, gradients: UnsafePointer(gradient.data + first),
            buffers: own.map { $0 + first }, count: range.count, decay: decays ? settings.weightDecay : 0),
          step: steps, learningRate: learningRate)
      }
    }
  }

  /// What a checkpoint keeps: every buffer under `buffer/parameter`.
  public var state: [(name: String, tensor: Tensor)] {
    zip(rule.buffers, buffers).flatMap { buffer, tensors in
      zip(parameters, tensors).map { ("\(buffer)/\($0.name)", $1) }
    }
  }

  /// Goes on from a checkpoint after `steps` steps; the buffers' elements are the caller's to write into ``state``.
  public func resume(after steps: Int) { self.steps = steps }
}

/// What every optimiser can be told.
public struct OptimiserSettings: Sendable {
  /// Pull of the weights towards zero.
  public var weightDecay: Float
  /// Whether biases and normalisations decay too, as in PyTorch's defaults.
  public var decaysAll: Bool
  /// The momentum of `sgd` and `nesterov`.
  public var momentum: Float

  /// Makes settings.
  public init(weightDecay: Float = 1e-4, decaysAll: Bool = true, momentum: Float = 0.9) {
    self.weightDecay = weightDecay
    self.decaysAll = decaysAll
    self.momentum = momentum
  }
}

/// An optimiser by name.
public struct OptimiserKind: Sendable {
  /// The name: `nesterov`.
  public let name: String
  /// The learning rate where the user names none.
  public let learningRate: Double
  /// Whether the average of the weights over the later steps is what the run is for.
  public var averages = false
  /// Whether ``OptimiserSettings/momentum`` means something to it.
  public var takesMomentum = false
  /// Makes the rule.
  public let rule: @Sendable (_ settings: OptimiserSettings) -> any UpdateRule

  /// Every optimiser that `--optimizer` knows; a new one is one file and one line here.
  public static let all: [OptimiserKind] = [
    SGD.nesterov, SGD.plain, AveragedSGD.kind, Adam.plain, Adam.amsgrad, Adam.decoupled, Adagrad.kind,
    Adadelta.kind,
  ]

  /// The optimiser with this name.
  public static func named(_ name: String) throws(TrainError) -> OptimiserKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting(
        "There is no optimizer \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }

  /// Makes the optimiser for these parameters.
  public func make(_ parameters: [Parameter], _ settings: OptimiserSettings, _ sharer: Sharer) -> Optimiser {
    Optimiser(parameters, rule: rule(settings), settings: settings, sharer: sharer)
  }
}
