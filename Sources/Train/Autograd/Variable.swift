public import FermFormat
internal import FermRuntime
internal import Foundation

/// A value on a tape, and its gradient after the backward pass.
///
/// ```swift
/// let tape = Tape(.training, workers: try Workers())
/// let x = tape.input(Tensor([1, 2, 3], shape: Shape(1, 3)), needsGradient: true)
/// let y = x * x
/// tape.backward(from: y)
/// let slopes = x.gradient?.values  // 2, 4, 6
/// ```
///
/// A value is held as its operator made it, row-major or as maps in the kernels' layout, and converted where an operator
/// wants the other; a normalised map is computed only when an operator reads it.
public final class Variable {
  /// The value's dimensions, the batch first.
  public let shape: Shape
  /// The tape that the value is on.
  public let tape: Tape
  let needsGradient: Bool
  /// The value's number in the traced graph.
  let traced: Int
  private var planar: Tensor?
  private var blocked: Map?
  /// How to compute the value, where it is a normalised map.
  let normalised: NormalisedMap?
  /// How to compute the value, where it is a sum of maps that nobody has read.
  private(set) var pendingSum: MapSum?
  private var flow: Contribution?
  /// Passes the gradient on to the values that this one was made from; it gets this variable, which it must not hold.
  var wayBack: ((Variable) -> Void)?
  private let lock = NSLock()

  /// What a variable is made from.
  enum Content {
    case tensor(Tensor)
    case map(Map)
    case normalised(NormalisedMap)
    case sum(MapSum)
  }

  init(_ content: Content, tape: Tape, needsGradient: Bool, traced: Int) {
    self.tape = tape
    self.needsGradient = needsGradient
    self.traced = traced
    switch content {
    case .tensor(let tensor): (shape, planar, blocked, normalised) = (tensor.shape, tensor, nil, nil)
    case .map(let map): (shape, planar, blocked, normalised) = (map.shape, nil, map, nil)
    case .normalised(let later): (shape, planar, blocked, normalised) = (later.source.shape, nil, nil, later)
    case .sum(let sum):
      (shape, planar, blocked, normalised) = (sum.left.source.shape, nil, nil, nil)
      pendingSum = sum
    }
  }

  /// The value in row-major order.
  public var value: Tensor {
    // Operators may ask from several threads at once.
    lock.withLock {
      if let planar { return planar }
      let tensor = tape.tensor(madeMap())
      planar = tensor
      return tensor
    }
  }

  /// Whether the value is held, or will be made, as maps.
  var isMap: Bool { blocked != nil || normalised != nil || pendingSum != nil }

  /// The maps as something that a sum or a product is computed from: normalised on the way, where that was not done before.
  func operand(_ kernels: KernelTable) -> NormalisedMap {
    if blocked == nil, let normalised, normalised.activation == .none { return normalised }
    return NormalisedMap(map, kernels, tape)
  }

  /// The value in the kernels' layout.
  var map: Map { lock.withLock { madeMap() } }

  private func madeMap() -> Map {
    if let blocked { return blocked }
    let made: Map
    if let normalised {
      made = normalised.evaluated(tape)
    } else if let sum = pendingSum {
      made = sum.evaluated(tape)
      pendingSum = nil
    } else if let planar {
      made = tape.map(planar)
    } else {
      preconditionFailure("a variable has a value")
    }
    blocked = made
    return made
  }
}

// MARK: - Gradients

extension Variable {
  /// What has come back so far.
  enum Contribution {
    case tensor(Tensor)
    case flow(Flow)
  }

  /// The gradient of the loss, where one is wanted; kept for inputs, dropped for what lies between.
  public internal(set) var gradient: Tensor? {
    get {
      switch flow {
      case nil: nil
      case .tensor(let tensor): tensor
      case .flow(let flow): tape.tensor(opened(flow).map)
      }
    }
    set { flow = newValue.map(Contribution.tensor) }
  }

  /// Takes the gradient away, so that its memory can be used again.
  func takeGradient() -> Contribution? {
    defer { flow = nil }
    return flow
  }

  /// Passes the gradient on, once.
  func goBack() {
    let step = wayBack
    wayBack = nil
    step?(self)
  }

  /// A gradient in row-major order.
  func tensor(_ contribution: Contribution) -> Tensor {
    switch contribution {
    case .tensor(let tensor): tensor
    case .flow(let flow): tape.tensor(opened(flow).map)
    }
  }

  /// A gradient as maps, or of what followed a normalised map.
  func flow(_ contribution: Contribution) -> Flow {
    switch contribution {
    case .tensor(let tensor): Flow(map: tape.map(tensor))
    case .flow(let flow): flow
    }
  }

  /// A gradient of the elements, as maps.
  func map(_ contribution: Contribution) -> Map { opened(flow(contribution)).map }

  private func opened(_ flow: Flow) -> Flow {
    guard !flow.isOpen else { return flow }
    guard let normalised else {
      preconditionFailure("only normalised maps have gradients behind what follows them")
    }
    return flow.opened(normalised, tape)
  }

  /// Adds a contribution to the gradient.
  func accumulate(_ contribution: Tensor) { accumulate(.tensor(contribution)) }

  /// Adds a contribution to the gradient: maps that nobody else holds.
  func accumulate(_ contribution: Map) { accumulate(Flow(map: contribution)) }

  /// Adds the gradient of this value, or of what followed a normalised map; it is passed on as it is where it comes alone.
  func accumulate(_ contribution: Flow) { accumulate(.flow(contribution)) }

  /// Adds to all pixels of a plane its number of `[N, C, 1, 1]` over their count.
  func accumulate(sharing numbers: Map, _ kernels: KernelTable) {
    if case .flow(let flow) = flow {
      let sum = opened(flow)
      self.flow = .flow(sum)
      if !sum.isShared { return tape.add(sharing: numbers, to: sum.map, kernels) }
    }
    accumulate(tape.planes(shape, sharing: numbers, kernels))
  }

  private func accumulate(_ contribution: Contribution) {
    guard let flow else {
      flow = contribution
      return
    }
    if case (.flow(let sum), .flow(let more)) = (flow, contribution) {
      self.flow = .flow(tape.added(opened(sum), opened(more)))
    } else {
      let (sum, more) = (tensor(flow), tensor(contribution))
      tape.add(more, to: sum)
      self.flow = .tensor(sum)
    }
  }
}
