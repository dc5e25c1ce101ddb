internal import FermFormat

extension Checkpoint {
  /// The network of this program whose weights these are, by their names and shapes, and its width; nil where it is none.
  public var network: (kind: NetworkKind, width: Double)? { NetworkKind.matching(tensors) }

  /// Copies the tensors into a network's parameters; names and shapes must match one to one.
  ///
  /// Names may be those of timm or torchvision. Filters for colour in the first layer of a network for grey faces are summed.
  /// - Returns: a sentence about what is not as in the file.
  @discardableResult
  public func load(into network: any Network) throws(TrainError) -> String? {
    let (tensors, note) = self.tensors.fitted(to: network)
    let head = Set(network.head.map { $0.name })
    var unused = Set(tensors.keys)
    for parameter in network.parameters {
      guard let tensor = tensors[parameter.name] else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is missing\(tensors.keys.min().map { ", and there is one \($0)" } ?? ""); is this another network's checkpoint?"
        )
      }
      let own = parameter.value.shape
      guard tensor.shape == own else {
        if head.contains(parameter.name), tensor.shape.hasRows(of: own) {
          throw .checkpoint(
            "\(path): it tells \(tensor.shape[0]) classes apart where \(own[0]) are named; name them all with --labels, or train others from its weights with --init \(path)."
          )
        }
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is \(tensor.shape.description) where the network has \(own.description)."
        )
      }
      parameter.value.update(from: tensor.values)
      unused.remove(parameter.name)
    }
    if let name = unused.sorted().first {
      throw .checkpoint("\(path): the network has no tensor \(name); is this another network's checkpoint?")
    }
    return note.map { "\(path): \($0)" }
  }
}

extension [String: Checkpoint.Tensor] {
  /// The tensors under a network's own names, and as many channels in its first layer as it has.
  ///
  /// - Returns: also a sentence where filters for colour became those for grey faces.
  func fitted(to network: any Network) -> (tensors: Self, note: String?) {
    var tensors = named(as: network)
    guard let stem = network.parameters.first, let tensor = tensors[stem.name],
      tensor.shape.isColour(of: stem.value.shape)
    else { return (tensors, nil) }
    tensors[stem.name] = tensor.grey(as: stem.value.shape)
    return (
      tensors, "\(stem.name) is summed over its three channels, which gives the same for a grey face"
    )
  }

  /// The tensors under a network's own names for its layers.
  func named(as network: any Network) -> Self {
    let others = network.otherNames
    guard !others.isEmpty else { return self }
    var named: Self = [:]
    for (name, tensor) in self {
      guard let dot = name.lastIndex(of: "."), let layer = others[String(name[..<dot])],
        case let own = "\(layer)\(name[dot...])", self[own] == nil
      else {
        named[name] = tensor
        continue
      }
      named[own] = tensor
    }
    return named
  }
}

extension Checkpoint.Tensor {
  /// Filters `[O, 3, H, W]` as those of one channel that give the same where all three are alike.
  func grey(as shape: Shape) -> Checkpoint.Tensor {
    let plane = shape[2] * shape[3]
    let sums = (0..<shape.count).map { i in
      let first = i / plane * 3 * plane + i % plane
      return values[first] + values[first + plane] + values[first + 2 * plane]
    }
    return Checkpoint.Tensor(shape: shape, values: sums)
  }
}

extension Shape {
  /// Whether filters of this shape are for three channels where the other's are for one.
  func isColour(of grey: Shape) -> Bool {
    rank == 4 && grey.rank == 4 && self[1] == 3 && grey[1] == 1
      && [0, 2, 3].allSatisfy { self[$0] == grey[$0] }
  }

  /// Whether a tensor of this shape differs from the other in its number of rows alone, if at all.
  func hasRows(of other: Shape) -> Bool {
    rank == other.rank && rank > 0 && dimensions.dropFirst() == other.dimensions.dropFirst()
  }
}
