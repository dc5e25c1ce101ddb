import FermFormat
import FermToolSupport
import FermTrain

/// A run's settings for people: what differs from the preset first.
struct RunSettings {
  private let record: RunRecord
  private let options: FitOptions

  init(_ record: RunRecord, _ options: FitOptions) { (self.record, self.options) = (record, options) }

  /// Name and width.
  var network: String {
    options.kind.name + (options.kind.hasWidth && options.width != 1 ? ", width \(options.width.short)" : "")
  }

  var section: HTML {
    let preset = options.preset == .reference ? "reference" : "default"
    let usual = presetValues
    let stated = options.described.map { (key: $0.key, value: $0.value.text) }
    let other = stated.filter { usual[$0.key] != $0.value }
    let same = stated.filter { usual[$0.key] == $0.value }
    let differing: HTML =
      other.isEmpty
      ? "<p>Everything is as in the preset.</p>\n"
      : HTML.table(
        ["setting", "this run", "preset"],
        other.map { key, value in ["\(Self.name(key))", "\(value)", "\(usual[key] ?? "not set")"] },
        words: [1, 2])
    let rest = HTML.table(
      ["setting", "value"], same.map { ["\(Self.name($0.key))", "\($0.value)"] }, words: [1])
    return """
      \(HTML.facts(facts))<h3>Different from the preset (\(preset))</h3>
      <div class="settings">\(differing)</div><h3>As in the preset</h3>
      <div class="settings">\(rest)</div><h3>Command</h3>
      <pre>fer-train \(record.command.map { $0.shell }.joined(separator: " "))</pre>

      """
  }

  private var facts: [(name: String, value: HTML)] {
    let (state, s) = (record.state, options.settings)
    func count(_ key: String) -> Int { state.setting(key).flatMap { Int($0) } ?? 0 }
    // The final stage sees the network's own size.
    let sides = Set(
      (0..<max(s.allEpochs, 1)).map { s.side(epoch: $0, finalFrom: s.epochs, own: options.preprocessing) })
    let (least, most) = (sides.min() ?? 0, sides.max() ?? 0)
    let colour = options.preprocessing.colour == .grey ? "grey" : "RGB"
    return [
      ("network", "\(network)"),
      ("parameters", "\(record.best.trainedParameters)"),
      ("input", "\(colour), crops of \(least == most ? "\(most)" : "\(least) to \(most)") pixels"),
      ("classes", "\(record.best.labels.names.joined(separator: ", "))"),
      (
        "faces",
        "\(count("train.faces")) train, \(count("validation.faces")) validate (\(state.setting("validation.split") ?? "none"))"
      ),
      ("data", "\(options.data)"),
    ]
  }

  /// What the preset has for the same faces and network.
  private var presetValues: [String: String] {
    let words = ["--data", options.data] + (options.preset == .reference ? ["--preset", "reference"] : [])
    guard
      let arguments = try? Arguments(words, valued: FitOptions.valued, flags: FitOptions.flags),
      let usual = try? FitOptions(arguments, like: nil)
    else { return [:] }
    return Dictionary(usual.described.map { ($0.key, $0.value.text) }) { first, _ in first }
  }

  /// `final epochs` for `train.final.epochs`.
  private static func name(_ key: String) -> String {
    let own = key.hasPrefix("train.") ? String(key.dropFirst(6)) : key
    return String(own.map { "._".contains($0) ? " " : $0 })
  }
}

extension Model {
  /// Numbers that training can change; running statistics are counted by it, and do not belong to them.
  var trainedParameters: Int {
    tensors.reduce(0) { sum, tensor in
      let isStatistic =
        tensor.info.name.hasSuffix("running_mean") || tensor.info.name.hasSuffix("running_var")
      return sum + (isStatistic ? 0 : tensor.info.shape.count)
    }
  }
}
