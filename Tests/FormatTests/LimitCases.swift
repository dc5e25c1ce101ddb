@testable import FermFormat

/// Graphs and sizes at the bounds of the limits, and just beyond them.
///
/// scripts/narrow.sh takes this file into a program of 32 bits as well, so it asks for nothing but the module.
enum LimitCases {
  /// What is tried, the fault that it must have, and the one that it has; nil for none.
  static let all: [(name: String, fault: FormatError.Code?, found: @Sendable () -> FormatError.Code?)] = [
    ("multiply-adds of 2^40", nil, { multiplyAdds(extra: false) }),
    ("multiply-adds beyond 2^40", .limit, { multiplyAdds(extra: true) }),
    ("multiply-adds of 2^48", .limit, { multiplyAdds(layers: 256) }),
    ("2^29 bytes alive", nil, { alive(4, height: 1024) }),
    ("more than 2^29 bytes alive", .limit, { alive(5, height: 1024) }),
    ("2^39 bytes alive", .limit, { alive(4000, height: 1024) }),
    ("2^28 elements named", nil, { named(16) }),
    ("more than 2^28 elements named", .limit, { named(17) }),
    ("2^36 elements named", .limit, { named(4000) }),
    ("2^24 numbers of outputs", nil, { outputs(16, of: 1 << 20) }),
    ("2^31 numbers of outputs", .limit, { outputs(maps: 1024) }),
    ("2^27 elements", nil, { shape(1 << 20, 1 << 7) }),
    ("more than 2^27 elements", .limit, { shape(1 << 20, (1 << 7) + 1) }),
    ("2^40 elements", .limit, { shape(1 << 20, 1 << 20) }),
    ("a dimension beyond 2^20", .limit, { shape((1 << 20) + 1) }),
  ]

  private static func validate(
    _ nodes: [Node], _ tensors: [Shape], input: Shape, classes: Int, outputs: [ModelOutput]? = nil
  ) -> FormatError.Code? {
    var infos: [TensorInfo] = []
    for (index, shape) in tensors.enumerated() {
      infos.append(TensorInfo(name: "t\(index)", type: .fp32, shape: shape))
    }
    do throws(FormatError) {
      _ = try Graph(nodes: nodes).validate(input: input, tensors: infos, classes: classes, outputs: outputs)
      return nil
    } catch { return error.code }
  }

  private static func shape(_ dimensions: Int...) -> FormatError.Code? {
    do throws(FormatError) {
      try Shape(dimensions).validate("It")
      return nil
    } catch { return error.code }
  }

  /// Convolutions of 2^40 multiply-adds each, and one more multiply-add for each of 16 channels.
  private static func multiplyAdds(layers: Int = 1, extra: Bool = false) -> FormatError.Code? {
    let padding = Padding(top: 32, left: 32, bottom: 31, right: 31)
    var nodes: [Node] = []
    for index in 0..<layers {
      nodes.append(Node(.convolution(Convolution(weight: 0, bias: nil, padding: padding)), inputs: [index]))
    }
    nodes.append(Node(.adaptiveAveragePool(AdaptiveAveragePool()), inputs: [nodes.count]))
    nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count]))
    var tensors = [Shape(16, 16, 64, 64)]
    if extra {
      nodes.append(Node(.linear(Linear(weight: 1, bias: nil)), inputs: [nodes.count]))
      tensors.append(Shape(16, 16))
    }
    return validate(nodes, tensors, input: Shape(16, 1024, 1024), classes: 16)
  }

  /// So many values of 2^27 bytes at once.
  private static func alive(_ count: Int, height: Int) -> FormatError.Code? {
    var nodes: [Node] = []
    for _ in 1..<count { nodes.append(Node(.relu(ReLU()), inputs: [0])) }
    var sum = 1
    for value in 2..<count {
      nodes.append(Node(.add(Add()), inputs: [sum, value]))
      sum = nodes.count
    }
    nodes.append(Node(.adaptiveAveragePool(AdaptiveAveragePool()), inputs: [sum]))
    nodes.append(Node(.flatten(Flatten()), inputs: [nodes.count]))
    return validate(nodes, [], input: Shape(32, height, 1024), classes: 32)
  }

  /// So many layers of one weight of 2^24 elements.
  private static func named(_ count: Int) -> FormatError.Code? {
    var nodes = [Node(.flatten(Flatten()), inputs: [0])]
    for index in 1...count { nodes.append(Node(.linear(Linear(weight: 0, bias: nil)), inputs: [index])) }
    return validate(nodes, [Shape(4096, 4096)], input: Shape(1, 64, 64), classes: 4096)
  }

  /// One vector under many names.
  private static func outputs(_ count: Int, of numbers: Int) -> FormatError.Code? {
    var outputs: [ModelOutput] = []
    for index in 0..<count { outputs.append(ModelOutput("o\(index)", .embedding(value: 1))) }
    return validate(
      [Node(.flatten(Flatten()), inputs: [0])], [], input: Shape(1, numbers / 1024, 1024), classes: 0,
      outputs: outputs)
  }

  /// Sixteen detections of eight levels, each of the same two maps.
  private static func outputs(maps side: Int) -> FormatError.Code? {
    let level = Detection.Level(
      scores: 1, boxes: 2,
      anchors: [Detection.Anchor](repeating: Detection.Anchor(width: 1, height: 1), count: 4))
    let detection = Detection(keyPoints: 0, levels: [Detection.Level](repeating: level, count: 8))
    var outputs: [ModelOutput] = []
    for index in 0..<16 { outputs.append(ModelOutput("o\(index)", .detection(detection))) }
    return validate(
      [
        Node(.convolution(Convolution(weight: 0, bias: nil)), inputs: [0]),
        Node(.convolution(Convolution(weight: 1, bias: nil)), inputs: [0]),
      ],
      [Shape(4, 1, 1, 1), Shape(16, 1, 1, 1)], input: Shape(1, side, side), classes: 0, outputs: outputs)
  }
}
