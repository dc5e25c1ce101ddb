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
  private let decay: WeightDecay
  private let sharer: Sharer

  /// Makes an optimiser for those of `parameters` that are trained.
  ///
  /// - Precondition: the rule has at most three buffers.
  public init(
    _ parameters: [Parameter], rule: any UpdateRule, decay: WeightDecay = WeightDecay(), sharer: Sharer
  ) {
    precondition(rule.buffers.count <= 3, "a rule has at most three buffers")
    let trained = parameters.filter { $0.gradient != nil }
    self.parameters = trained
    self.rule = rule
    self.decay = decay
    self.sharer = sharer
    buffers = rule.buffers.map { _ in trained.map { Tensor(zeros: $0.value.shape) } }
  }

  /// Does one step on all trained parameters.
  ///
  /// - Complexity: one pass over weights, gradients and buffers, two for a ``WholeParameterRule``, shared between the threads;
  ///   bound by memory.
  public func step(learningRate: Double) {
    steps += 1
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = parameter.gradient else { continue }
      let place = Place(
        weights: parameter.value, gradients: gradient, buffers: buffers.map { $0[i] },
        decay: decay.onAll || parameter.kind == .weight ? decay.factor : 0)
      var sums = SIMD4<Double>()
      if let rule = rule as? any WholeParameterRule {
        sums = sharer.sums(gradient.count) { range in
          place.withSlice(range, sums) { rule.sums(over: &$0, step: steps) }
        }
      }
      sharer.share(gradient.count) { range in
        place.withSlice(range, sums) { rule.update(&$0, step: steps, learningRate: learningRate) }
      }
    }
  }

  /// A parameter with all that belongs to it.
  private struct Place {
    let weights: Tensor
    let gradients: Tensor
    let buffers: [Tensor]
    let decay: Float

    func withSlice<T>(
      _ range: Range<Int>, _ sums: SIMD4<Double>, _ body: (inout ParameterSlice) -> T
    ) -> T {
      func elements(_ tensor: Tensor?) -> UnsafeMutableBufferPointer<Float> {
        unsafe UnsafeMutableBufferPointer(
          start: tensor.map { unsafe $0.storage.pointer + range.lowerBound },
          count: tensor == nil ? 0 : range.count)
      }
      // SAFETY: the tensors have as many elements as the gradients, and are held by this value for as long as the body runs;
      // no two threads have ranges in common.
      return withExtendedLifetime(self) {
        var slice = unsafe ParameterSlice(
          weights: MutableSpan(_unsafeElements: elements(weights)),
          gradients: Span(_unsafeElements: UnsafeBufferPointer(elements(gradients))),
          first: MutableSpan(_unsafeElements: elements(buffers.first)),
          second: MutableSpan(_unsafeElements: elements(buffers.dropFirst().first)),
          third: MutableSpan(_unsafeElements: elements(buffers.dropFirst(2).first)),
          decay: decay, sums: sums)
        return body(&slice)
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

/// The pull of the weights towards zero.
public struct WeightDecay: Sendable {
  /// Its strength.
  public var factor: Float
  /// Whether biases and normalisations decay too, as in PyTorch's defaults.
  public var onAll: Bool

  /// Makes a decay.
  public init(_ factor: Float = 1e-4, onAll: Bool = true) {
    self.factor = factor
    self.onAll = onAll
  }
}
