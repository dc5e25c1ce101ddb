import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

/// Descriptions as texts.
private func kind(_ text: String) throws -> NetworkKind {
  try NetworkKind(description: Array(text.utf8), file: "my.net")
}

private func model(_ network: any Network, _ kind: NetworkKind, classes: Int = 7) throws -> Model {
  try Model(
    network, name: kind.name, preprocessing: kind.preprocessing,
    labels: LabelSet(names: (0..<classes).map { "class \($0)" }), workers: try Workers(count: 1))
}

/// Lines behind the header, and what is said of which of them.
struct Refusal: Sendable {
  let lines: String
  let line: Int
  let sentence: String

  init(_ lines: String, _ sentence: String, line: Int) {
    (self.lines, self.line) = (lines, line)
    self.sentence = sentence.hasPrefix(" ") ? sentence : ": \(sentence)"
  }
}

@Suite("Descriptions of networks")
struct DescriptionTests {
  @Test(
    "in the examples are the networks of this program: nodes, tensors, names, weights and training",
    arguments: ["vgg-s", "resnet18", "efn"])
  func same(_ name: String) throws {
    let described = try NetworkKind(path: "\(Support.root)/Examples/networks/\(name).net")
    let own = try NetworkKind.named(name)
    #expect(described.name == own.name && described.preprocessing == own.preprocessing)
    // One graph has one padding, and that of efn's strided convolutions follows from the side of the crops.
    #expect(described.sides == (name == "efn" ? 48...48 : own.sides) && described.digest != nil)
    let settings = NetworkSettings(classes: 5, seed: 3)
    let networks = try [own, described].map { try $0.make(settings) }
    // They begin with the same weights.
    for (one, other) in zip(networks[0].parameters, networks[1].parameters) {
      #expect(one.value.values == other.value.values, "\(one.name)")
    }
    // No normalisation may leave out what stands before it, as some of resnet18's do in the beginning.
    for parameter in networks[0].parameters where parameter.kind == .norm || parameter.kind == .statistic {
      let numbers = Support.numbers(parameter.value.count, seed: 5)
      for (place, number) in numbers.enumerated() { parameter.value[place] = 1 + 0.25 * number }
    }
    let models = try networks.map { try model($0, own, classes: 5) }
    #expect(models[0].graph == models[1].graph)
    #expect(models[0].tensors.map { $0.info } == models[1].tensors.map { $0.info })
    #expect(networks[0].parameters.map { $0.name } == networks[1].parameters.map { $0.name })
    #expect(networks[0].parameters.map { $0.kind } == networks[1].parameters.map { $0.kind })
    #expect(networks[0].head.map { $0.name } == networks[1].head.map { $0.name })
    // The same weights give the same scores, in training as well: dropout draws alike.
    try models[0].load(into: networks[1])
    let workers = try Workers(count: 2)
    let shape = Shape([2] + own.preprocessing.inputShape.dimensions)
    let input = Tensor(Support.numbers(shape.count, seed: 4), shape: shape)
    for mode in [Tape.Mode.evaluation, .training] {
      let scores = networks.map { network in
        network(Tape(mode, workers: workers).input(input)).value.values.map { $0.bitPattern }
      }
      #expect(scores[0] == scores[1])
    }
  }

  @Test(
    "of a shipped model is the graph of its file, below so many multiply-adds",
    arguments: [("default", 400_000_000), ("small", 40_000_000)])
  func shipped(_ name: String, _ most: Int) throws {
    let described = try NetworkKind(path: "\(Support.root)/models/\(name).net")
    let file = try ModelFile(path: "\(Support.root)/models/\(name).ferm")
    let fresh = try model(try described.make(NetworkSettings(classes: 7, seed: 0)), described)
    #expect(try fresh.graph == file.loadModel().graph && fresh.name == file.name)
    #expect(file.facts.multiplyAdds.reduce(0, +) < most)
  }

  /// A head that every text here ends with.
  private static let head = "adaptive_average_pool\nflatten\nlinear last classes\n"
  private static let start = "network mine\ninput 1 40\n"

  private static let table: [(line: String, name: String, attributes: String)] = [
    (
      "convolution c 6 window=3 stride=2 padding=1 dilation=2 bias=no", "convolution",
      "stride_height=2 stride_width=2 pad_top=1 pad_left=1 pad_bottom=1 pad_right=1 groups=1 dilation_height=2 dilation_width=2"
    ),
    (
      "convolution c 6 window_height=1 window_width=5 pad_left=2 pad_right=2", "convolution",
      "stride_height=1 stride_width=1 pad_top=0 pad_left=2 pad_bottom=0 pad_right=2 groups=1"
    ),
    (
      "convolution c 6 window=4 padding=same stride=2", "convolution",
      "stride_height=2 stride_width=2 pad_top=1 pad_left=1 pad_bottom=1 pad_right=1 groups=1"
    ),
    (
      "convolution c 6 window=3 padding=same stride=2", "convolution",
      "stride_height=2 stride_width=2 pad_top=0 pad_left=0 pad_bottom=1 pad_right=1 groups=1"
    ),
    (
      "convolution c 6 window=3 padding=same dilation=3", "convolution",
      "stride_height=1 stride_width=1 pad_top=3 pad_left=3 pad_bottom=3 pad_right=3 groups=1 dilation_height=3 dilation_width=3"
    ),
    ("batch_norm b epsilon=0.5", "batch_norm", "epsilon=0.5"),
    ("relu", "relu", ""), ("silu", "silu", ""), ("sigmoid", "sigmoid", ""),
    ("hard_swish", "hard_swish", ""),
    ("softmax", "softmax", ""), ("prelu p", "prelu", ""),
    ("clip low=-1 high=2", "clip", "low=-1.0 high=2.0"),
    (
      "max_pool", "max_pool",
      "window_height=2 window_width=2 stride_height=2 stride_width=2 pad_top=0 pad_left=0 pad_bottom=0 pad_right=0"
    ),
    (
      "average_pool window=3 stride=3 padding=same count_padding=1", "average_pool",
      "window_height=3 window_width=3 stride_height=3 stride_width=3 pad_top=1 pad_left=1 pad_bottom=1 pad_right=1 count_padding=1"
    ),
    ("adaptive_average_pool size=3", "adaptive_average_pool", "height=3 width=3"),
    (
      "pad padding=1 pad_top=2 pad_front=1", "pad",
      "pad_front=1 pad_back=0 pad_top=2 pad_left=1 pad_bottom=1 pad_right=1"
    ),
    ("upsample_nearest", "upsample_nearest", "scale_height=2 scale_width=2"),
    ("upsample_bilinear scale=3", "upsample_bilinear", "scale_height=3 scale_width=3"),
    ("add of input input", "add", ""), ("multiply of input input", "multiply", ""),
    ("concatenate of input input input", "concatenate", ""),
  ]

  @Test(
    "say each operator of the format by its name and the names of its attributes", arguments: Self.table)
  func operators(_ line: String, _ name: String, _ attributes: String) throws {
    let kind = try kind(Self.start + line + "\n" + Self.head)
    let node = try model(try kind.make(NetworkSettings(classes: 7)), kind).graph.nodes[0]
    #expect(node.operator.name == name)
    let words = node.attributes.compactMap { name, value in
      switch value {
      case .integer(let number): "\(name)=\(number)"
      case .real(let number): "\(name)=\(number)"
      case .tensor: nil
      }
    }
    #expect(words.joined(separator: " ") == attributes)
  }

  @Test("know all operators")
  func every() {
    let said = Set(Self.table.map { $0.name }).union(["flatten", "linear"])
    #expect(said == Set(Operator.all.map { $0.name }))
  }

  @Test("compute numbers, put names together, and give blocks values of their own")
  func words() throws {
    let kind = try kind(
      """
      network mine   # a comment
      input 3 40 resized=48 colour=rgb fit=pad mean=0.5 std=0.5,0.25,1
      block cell {name} width
        y = convolution {name}.conv{width} width/2+channels window=1
        z = relu of input
        concatenate of y z
      end
      y = convolution first (2+2)*2 window=1
      repeat i = 1 to 2
        cell stage{i}.{i*10} y.channels*i
      end

      """ + Self.head)
    #expect(kind.preprocessing.colour == .rgb && kind.preprocessing.fit == .pad)
    #expect(kind.side == (resized: 48, cropped: 40))
    let unit: Float = 1 / 255
    let (scale, offset): ([Float], [Float]) = ([unit / 0.5, unit / 0.25, unit], [-1, -2, -0.5])
    #expect(kind.preprocessing.scale == scale)
    #expect(kind.preprocessing.offset == offset)
    let shapes = try kind.make(NetworkSettings(classes: 2)).parameters.map {
      "\($0.name) \($0.value.shape.description)"
    }
    #expect(
      shapes == [
        "first.weight 8x3x1x1", "first.bias 8", "stage1.10.conv8.weight 12x8x1x1", "stage1.10.conv8.bias 12",
        "stage2.20.conv16.weight 28x20x1x1", "stage2.20.conv16.bias 28", "last.weight 2x48", "last.bias 2",
      ])
  }

  @Test("drop out what a line says, in training alone")
  func dropout() throws {
    let kind = try kind(Self.start + "relu\ndropout 0.5\n" + Self.head)
    let network = try kind.make(NetworkSettings(classes: 2, seed: 1))
    #expect(
      try model(network, kind, classes: 2).graph.nodes.map { $0.operator.name }.contains("dropout") == false)
    let input = Tensor([Float](repeating: 1, count: 1600), shape: Shape(1, 1, 40, 40))
    let workers = try Workers(count: 1)
    let scores = [Tape.Mode.evaluation, .training].map {
      network(Tape($0, workers: workers).input(input)).value.values
    }
    #expect(scores[0] != scores[1])
  }

  @Test("have a digest of what they say, not of how it is written")
  func digests() throws {
    let digests = try [
      Self.start + "relu\n" + Self.head, "# mine\n" + Self.start + "\n  relu   # of all\r\n" + Self.head,
      Self.start + "silu\n" + Self.head, Self.start + "relu\ndropout 0.1\n" + Self.head,
    ].map { try kind($0).digest }
    #expect(digests[0] == digests[1] && Set(digests).count == 3)
  }

  @Test(
    "that say nothing sensible are refused with the line",
    arguments: [
      ("", ": a description begins with"), ("network\ninput 1 40\n", ", line 1: `network` takes one name"),
      ("network a b\n", ", line 1: `network` takes one name"),
      ("network a\nrelu\n", ", line 2: a description begins"),
      ("network a\ninput 2 40\n", ", line 2: `input` takes 1 or 3 channels"),
      ("network a\ninput 1 40 resized=39\n", ", line 2: faces are resized to 40 to 1024"),
      ("network a\ninput 1 40 colour=rgb\n", ", line 2: the colour is grey, or rgb with 3"),
      ("network a\ninput 1 40 std=0\n", ", line 2: `std=0` is not understood"),
      ("network a\ninput 1 40 mean=1,2\n", ", line 2: `mean=1,2` is not understood"),
      ("network a\ninput 1 40 size=3\n", ", line 2: `input` has no option `size`"),
      ("network a\ninput 1 40 fit=crop fit=crop\n", ", line 2: `fit=crop` is no option"),
    ])
  func refusedHeaders(_ text: String, _ sentence: String) {
    expectRefusal(text, sentence)
  }

  private static let refusals: [Refusal] = [
    Refusal("rely", "there is no operator or block `rely`; operators are convolution", line: 3),
    Refusal("convolution c 6", "a convolution needs the side of its window", line: 3),
    Refusal("convolution c window=3", "it is written `convolution NAME OUTPUTS`", line: 3),
    Refusal("batch_norm", "it is written `batch_norm NAME`", line: 3),
    Refusal("relu x", "it is written `relu`", line: 3),
    Refusal(
      "convolution c 6 window=3 strid=2",
      "convolution has no option `strid`; it has initial, window, groups, bias, stride, padding, dilation.",
      line: 3),
    Refusal("relu stride=2", "relu has no option `stride`; it has none.", line: 3),
    Refusal("convolution c 6 window=3 stride=65", "stride is 65; it must be 1 to 64.", line: 3),
    Refusal("convolution c 6 window=3 bias=0", "bias is yes or no.", line: 3),
    Refusal("convolution c 6 window=41", "the window 41x41 is larger than the padded map", line: 3),
    Refusal(
      "convolution c 6 window=3 groups=4", "1 channels and 6 outputs cannot be divided into 4 groups", line: 3
    ),
    Refusal("convolution c 0 window=3", "the tensor c.weight would be 0x1x3x3", line: 3),
    Refusal("convolution c 6-7 window=3", "the tensor c.weight would be -1x1x3x3", line: 3),
    Refusal("convolution c 1000000000 window=3", "the tensor c.weight would be", line: 3),
    Refusal("convolution c 7/2 window=3", "7 / 2 in `7/2` is no whole number.", line: 3),
    Refusal("convolution c 7/0 window=3", "7 / 0 in `7/0` is no whole number.", line: 3),
    Refusal("convolution c 99999999*999 window=3", "`99999999*999` is beyond 2147483647.", line: 3),
    Refusal("convolution c 6x window=3", "`6x` is no number", line: 3),
    Refusal("convolution c (6 window=3", "`(6` is no number", line: 3),
    Refusal(
      "convolution c width window=3", "nothing here is called `width`, and a number is needed.", line: 3),
    Refusal(
      "convolution c input window=3", "`input` is a value; the number of its channels is `input.channels`.",
      line: 3),
    Refusal("convolution a+b 6 window=1", "`a+b` can be no name", line: 3),
    Refusal("convolution {c 6 window=1", "a `}` is missing in `{c`", line: 3),
    Refusal("linear l 7 initial=zero", "initial is fan_in", line: 3),
    Refusal("batch_norm b initial=fan_in", "initial is the number that all scales begin with", line: 3),
    Refusal("batch_norm b epsilon=0", "epsilon is a number such as 0.001", line: 3),
    Refusal("flatten\nconvolution c 6 window=3 padding=same", "convolution takes a map of channels", line: 4),
    Refusal("linear l 7", "the weight 7x1600 does not fit an input of 1x40x40; flatten maps first.", line: 3),
    Refusal("add", "add takes 2 values; name them", line: 3),
    Refusal("concatenate of input", "concatenate takes 2 to 8 values", line: 3),
    Refusal("relu of input input", "relu takes one value.", line: 3),
    Refusal("relu of x", "there is no value `x` here", line: 3),
    Refusal("relu of", "values are missing behind `of`.", line: 3),
    Refusal("y =", "an operator is missing behind `=`.", line: 3),
    Refusal("2 = relu", "`2` cannot name a value", line: 3),
    Refusal("input = relu", "`input` cannot name a value", line: 3),
    Refusal("relu a= b", "`a=` is no option", line: 3),
    Refusal("dropout", "dropout takes the share", line: 3),
    Refusal("dropout 1", "dropout takes the share", line: 3),
    Refusal("y = relu\nrelu\ndropout 0.1 of y", "a line above takes this value already", line: 5),
    Refusal("dropout 0.1\ndropout 0.1", "a line above takes this value already", line: 4),
    Refusal("prelu a\nprelu a", "another line makes the tensor a.weight already", line: 4),
    Refusal("y = relu\nrelu of input", "no line takes what this one makes.", line: 3),
    Refusal("end", "this `end` closes nothing", line: 3),
    Refusal("repeat i = 1 to 3\nrelu", "its `end` is missing.", line: 3),
    Refusal("repeat i 3\nend", "a repeat is written `repeat i = 1 to 4`.", line: 3),
    Refusal("repeat i = 1 to 99999\nend", "the network has more than 65536 lines", line: 3),
    Refusal("repeat i = 1 to 5000\nrelu\nend", "the network has more than 4096 operators.", line: 4),
    Refusal(
      "repeat i = 1 to 2\nrepeat i = 1 to 2\nrelu\nend\nend", "`i` means something else here already", line: 4
    ),
    Refusal("i = relu\nrepeat i = 1 to 2\nrelu\nend", "`i` means something else here already", line: 4),
    Refusal("block relu\nend", "`relu` is taken already", line: 3),
    Refusal("block b\nend\nblock b\nend", "`b` is taken already", line: 5),
    Refusal("block b of\nend", "`of` can be no parameter", line: 3),
    Refusal("block b x {x}\nend", "`{x}` can be no parameter", line: 3),
    Refusal("block b\nend", "nothing uses this block.", line: 3),
    Refusal("block b\nblock c\nend\nend", "a block stands outside of all others", line: 4),
    Refusal("block b x\nrelu\nend\nb", "this block is used as `b X`, of one value.", line: 6),
    Refusal(
      "block b {x}\nconvolution c x window=1\nend\nb name",
      " (from line 6): `x` is a name, and a number is needed.", line: 4),
    Refusal("block b\nb\nend\nb", " (from line 6): blocks use each other more than 32 deep", line: 4),
  ]

  @Test("with a line that cannot be followed are refused with the line", arguments: Self.refusals)
  func refusedLines(_ refusal: Refusal) {
    expectRefusal(
      Self.start + refusal.lines + "\n" + Self.head, ", line \(refusal.line)\(refusal.sentence)")
  }

  @Test("whose last line gives no class scores are refused")
  func noScores() {
    expectRefusal(
      Self.start + "flatten\n", ", line 3: the last line gives 1600 where the classes need 7 numbers")
    expectRefusal(Self.start, ": the last line gives 1x40x40 where")
  }

  @Test("beyond the limits are refused before memory is taken")
  func limits() {
    expectRefusal(String(repeating: "#\n", count: 1 << 17) + "#", ": the file is longer than 262144 bytes")
    expectRefusal("# " + String(repeating: "x", count: 1000), ", line 1: the line is longer than 1000 bytes")
    let deep = (0...32).map { "repeat r\($0) = 1 to 1\n" }.joined()
    expectRefusal(Self.start + deep, ", line 35: at most 32 repeats may stand in each other.")
    // Names that double at each use.
    let names = "block b {n}\nb {n}{n}\nend\nb abcdefgh\n"
    expectRefusal(Self.start + names, "can be no name; it is 1 to 128 letters")
    let layers = (0..<9).map { "linear l\($0) 1048576\n" }.joined()
    expectRefusal(
      "network a\ninput 1 8\nflatten\n\(layers)linear last classes\n",
      "the tensor l1.weight would be 1048576x1048576")
    let many = (0..<40).map { "convolution c\($0) 2048 window=1\n" }.joined()
    expectRefusal(
      Self.start + many.replacingOccurrences(of: "window=1", with: "window=2 padding=same") + Self.head,
      "elements together")
  }

  private func expectRefusal(_ text: String, _ sentence: String) {
    let error = #expect(throws: TrainError.self) { try kind(text) }
    let said = error?.description ?? ""
    #expect(said.hasPrefix("my.net") && said.contains(sentence), "\(said)")
  }
}
