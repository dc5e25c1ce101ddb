internal import FermFormat

extension NetworkKind {
  /// The network that these tensors are the weights of, by their names and shapes, and its width.
  ///
  /// The last layer may tell any number of classes apart, and a network for grey faces may have filters for colour in its first
  /// one. Cost: that of making networks until one matches.
  static func matching(_ tensors: [String: Checkpoint.Tensor]) -> (kind: NetworkKind, width: Double)? {
    var inColour: (kind: NetworkKind, width: Double)?
    for kind in all {
      guard let match = kind.match(tensors) else { continue }
      if !match.isInColour { return (kind, match.width) }
      inColour = inColour ?? (kind, match.width)
    }
    return inColour
  }

  /// The width of this network whose weights the tensors are, and whether its first layer is for colour; nil for others' tensors.
  func match(_ tensors: [String: Checkpoint.Tensor]) -> (width: Double, isInColour: Bool)? {
    guard var network = try? make(NetworkSettings(classes: 1)) else { return nil }
    let tensors = tensors.named(as: network)
    var width = 1.0
    if hasWidth, let first = network.parameters.first, let stem = tensors[first.name]?.shape, stem.rank > 0 {
      width = Double(stem[0]) / Double(first.value.shape[0])
      guard Self.widths.contains(width), let scaled = try? make(NetworkSettings(classes: 1, width: width))
      else { return nil }
      network = scaled
    }
    let head = Set(network.head.map { $0.name })
    var isInColour = false
    for (place, parameter) in network.parameters.enumerated() {
      guard let shape = tensors[parameter.name]?.shape else { return nil }
      let own = parameter.value.shape
      if shape == own { continue }
      if place == 0, shape.isColour(of: own) {
        isInColour = true
      } else if !head.contains(parameter.name) || !shape.hasRows(of: own) {
        return nil
      }
    }
    return (width, isInColour)
  }
}
