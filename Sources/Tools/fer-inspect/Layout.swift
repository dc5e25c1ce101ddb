import FermFiles
import FermFormat
import FermToolSupport

/// Every field of a file in order: how many bytes, and what they mean (spec sections 1 to 4).
///
/// It is built from what the reader understood, so that a dump shows the reader's view of the bytes.
struct Layout {
  /// Neighbouring bytes with one meaning.
  struct Field {
    let length: Int
    let meaning: String
    /// Whether a dump shows no more than the first bytes.
    var isBulk = false
  }

  private(set) var fields: [Field] = []
  /// Bytes of all fields together.
  private(set) var length = 0
  private var notesSeen = 0

  init(of file: ModelFile) {
    add(9, "signature")
    add(1, "major version \(file.version.major)")
    add(2, "minor version \(file.version.minor)")
    add(4, "features: \(file.features.isEmpty ? "none" : file.needs)")
    for part in file.parts {
      add(4, "---- \(part.type)")
      add(4, "\(grouped(part.length)) bytes of payload")
      let before = length
      record(part, of: file)
      // A chunk that this program skips is one field.
      let rest = part.length - (length - before)
      if rest > 0 { add(rest, "payload, not looked into", isBulk: true) }
      if part.padding > 0 { add(part.padding, "zeros up to a multiple of 8") }
      add(4, part.type == "TDAT" ? "CRC-32 of type and length" : "CRC-32 of type, length, payload and zeros")
      add(4, "reserved")
    }
  }

  private mutating func add(_ length: Int, _ meaning: String, isBulk: Bool = false) {
    fields.append(Field(length: length, meaning: meaning, isBulk: isBulk))
    self.length += length
  }

  private mutating func add(_ text: String, _ what: String) {
    add(2, "\(text.utf8.count) bytes of text")
    if !text.isEmpty { add(text.utf8.count, "\(what) \(excerpt(text.printable))") }
  }

  private mutating func record(_ part: ModelFile.Part, of file: ModelFile) {
    switch part.type {
    case "HEAD":
      add(2, "operator set")
      add(2, "reserved")
      add(file.name, "name")
    case "PREP": preprocessing(file.preprocessing)
    case "LABL":
      add(2, "\(file.labels.names.count) labels")
      add(4, "temperature \(file.labels.temperature)")
      for (index, name) in file.labels.names.enumerated() { add(name, "label \(index):") }
    case "GRPH": graph(file)
    case "TIDX":
      add(2, "\(file.tensors.count) tensors")
      for (index, tensor) in file.tensors.enumerated() { self.tensor(tensor, index) }
    case "TDAT": data(part, of: file)
    case "OUTP":
      add(2, "\(file.outputs.count) outputs")
      for output in file.outputs { self.output(output) }
    case "nLEN": nodeLengths(file)
    case "cROP":
      add(2, "\(file.cropRules.count) crop rules")
      for rule in file.cropRules { cropRule(rule) }
    case "pROV":
      add(2, "\(file.provenance.entries.count) entries")
      for entry in file.provenance.entries { provenance(entry) }
    case "tEST":
      add(2, "\(file.selfTests.count) self-tests")
      for test in file.selfTests { selfTest(test, file) }
    case "nOTe": note(of: file)
    // Nothing but the trainer reads it, so nobody has checked its length.
    case "trST": add(min(8, part.length), "bytes of training state, decoded")
    case "FEND":
      add(8, "\(grouped(Int(file.size))) bytes of file")
      add(32, "SHA-256 of all before this chunk")
    default: break
    }
  }

  private mutating func preprocessing(_ recipe: Preprocessing) {
    add(1, "\(recipe.scale.count) channels")
    add(1, "colour \(recipe.colour)")
    add(1, "fit \(recipe.fit)")
    add(1, "resampling: bilinear with antialiasing")
    add(4, "resized to height \(recipe.resized.height), width \(recipe.resized.width)")
    add(4, "centre crop of height \(recipe.cropped.height), width \(recipe.cropped.width)")
    for channel in recipe.scale.indices {
      add(4, "channel \(channel): scale \(recipe.scale[channel])")
      add(4, "channel \(channel): offset \(recipe.offset[channel])")
    }
  }

  private mutating func graph(_ file: ModelFile) {
    add(2, "\(file.graph.nodes.count) nodes")
    for (index, node) in file.graph.nodes.enumerated() {
      add(2, "node \(index + 1): operator \(node.operator.code), \(node.operator.name)")
      add(1, node.version == 1 ? "its version" : "its version \(node.version)")
      add(1, "\(node.inputs.count) inputs")
      for input in node.inputs { add(2, input == 0 ? "the network's input" : "value of node \(input)") }
      for (name, value) in node.attributes {
        switch value {
        case .integer(let number): add(2, "\(name) \(number)")
        case .real(let number): add(4, "\(name) \(number)")
        case .tensor(let tensor):
          add(2, "\(name): \(tensor.map { "tensor \($0), \(file.tensors[$0].info.name)" } ?? "none")")
        }
      }
    }
  }

  private mutating func tensor(_ tensor: StoredTensor, _ index: Int) {
    add(tensor.info.name, "tensor \(index):")
    add(1, "element type \(tensor.info.type.name)")
    add(1, "codec \(tensor.codec.name)")
    add(1, "\(tensor.info.shape.rank) dimensions")
    for dimension in tensor.info.shape.dimensions { add(4, "dimension \(dimension)") }
    add(4, "\(grouped(tensor.storedBytes)) stored bytes")
    add(4, "CRC-32 of the stored bytes")
  }

  private mutating func data(_ part: ModelFile.Part, of file: ModelFile) {
    var place = part.offset + 8
    for (tensor, start) in zip(file.tensors, file.tensorOffsets) {
      if start > place { add(Int(start - place), "zeros up to a multiple of 64") }
      if tensor.storedBytes > 0 { add(tensor.storedBytes, tensor.info.name, isBulk: true) }
      place = start + UInt64(tensor.storedBytes)
    }
  }

  private mutating func output(_ output: ModelOutput) {
    add(output.name, "output")
    switch output.kind {
    case .scores(let value):
      add(2, "kind: scores")
      add(2, "value of node \(value)")
    case .embedding(let value):
      add(2, "kind: embedding")
      add(2, "value of node \(value)")
    case .detection(let detection):
      add(2, "kind: detection")
      add(1, "coding of the boxes: linear")
      add(1, "reserved")
      add(2, "\(detection.keyPoints) key points")
      add(2, "\(detection.levels.count) levels")
      for level in detection.levels {
        add(2, "scores: value of node \(level.scores)")
        add(2, "boxes: value of node \(level.boxes)")
        add(2, "\(level.anchors.count) anchors")
        for anchor in level.anchors { add(8, "anchor of width \(anchor.width), height \(anchor.height)") }
      }
    }
  }

  private mutating func nodeLengths(_ file: ModelFile) {
    add(2, "\(file.operatorKinds.count) kinds of nodes")
    for kind in file.operatorKinds {
      add(2, "operator \(kind.code)")
      add(1, "version \(kind.version)")
      add(kind.name, "name")
    }
    add(2, "\(file.graph.nodes.count) nodes")
    for (index, bytes) in file.nodeBytes.enumerated() { add(2, "node \(index + 1): \(bytes) bytes") }
  }

  private mutating func cropRule(_ rule: CropRule) {
    add(rule.detector, "detector")
    add(4, "side \(rule.side)")
    add(4, "right \(rule.right)")
    add(4, "down \(rule.down)")
    add(1, rule.isLevel ? "turned to level eyes" : "not turned")
    add(1, "reserved")
  }

  private mutating func selfTest(_ test: SelfTest, _ file: ModelFile) {
    add(2, "height \(test.height)")
    add(2, "width \(test.width)")
    add(1, "\(test.channels) channels")
    add(1, "reserved")
    add(test.pixels.count, "pixels", isBulk: true)
    add(4, "tolerance \(test.tolerance)")
    guard file.features.contains(.outputs) else {
      for (logit, label) in zip(test.logits, file.labels.names) {
        add(4, "logit \(logit) of \(label.printable)")
      }
      return
    }
    for output in file.outputs {
      for value in output.values {
        let shape = file.facts.shapes[value]
        add(4 * shape.count, "output \(output.name): \(shape.description) numbers", isBulk: true)
      }
    }
  }

  private mutating func note(of file: ModelFile) {
    let note = file.notes[notesSeen]
    notesSeen += 1
    add(note.name, "note")
    if !note.text.isEmpty { add(note.text.utf8.count, "text", isBulk: true) }
  }

  private mutating func provenance(_ entry: Provenance.Entry) {
    add(entry.key, "key")
    switch entry.value {
    case .string(let text):
      add(1, "a string")
      add(text, "value")
    case .integer(let number):
      add(1, "an integer")
      add(8, "value \(number)")
    case .real(let number):
      add(1, "a real number")
      add(8, "value \(number)")
    case .flag(let flag):
      add(1, "a flag")
      add(1, "value \(flag)")
    }
  }
}
