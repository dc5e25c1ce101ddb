internal import FermFormat
internal import Foundation

/// Weights of another run or program, to begin with.
public struct Transfer {
  private let path: String
  private let tensors: [String: Checkpoint.Tensor]
  /// The classes of the weights' last layer, where the file says so.
  private let labels: [String]?
  /// The kind whose name the file has, and what its graph says; neither for another program's weights.
  private let stated: (own: NetworkKind?, described: NetworkKind?)?
  /// A number that stands for the weights; a resumed run checks it.
  public let digest: String

  /// Reads a `.ferm` file, a PyTorch checkpoint or a safetensors file; its first bytes tell which it is.
  ///
  /// - Throws: `checkpoint` or `model`, naming the file.
  public init(path: String) throws(TrainError) {
    self.path = path
    let source: ImportSource
    let start: [UInt8]
    do throws(ImportProblem) {
      source = try ImportSource(path: path)
      start = try source.bytes(0..<min(5, source.count))
    } catch { throw .checkpoint("\(path): \(error.sentence)") }
    if start.elementsEqual([0x89, 0x46, 0x45, 0x52, 0x4D]) {
      do throws(FormatError) {
        let file = try ModelFile(path: path)
        let model = try file.loadModel()
        var tensors: [String: Checkpoint.Tensor] = [:]
        for weight in model.tensors {
          tensors[weight.info.name] = Checkpoint.Tensor(shape: weight.info.shape, values: weight.floats())
        }
        self.tensors = tensors
        labels = model.labels.names
        let own = NetworkKind.all.first { kind in
          kind.name == model.name && model.provenance["train.network.digest"] == nil
            && kind.preprocessing.isOfSamePixels(as: model.preprocessing)
        }
        stated = (own, try? NetworkKind(file, model))
      } catch { throw .model("\(path): \(error.description)") }
    } else {
      tensors = try Checkpoint(source, path: path).tensors
      (labels, stated) = (nil, nil)
    }
    var state: UInt64 = 0
    for name in tensors.keys.sorted() {
      for byte in name.utf8 { state = RandomNumbers.mix(state &+ UInt64(byte)) }
      for value in tensors[name]?.values ?? [] { state = RandomNumbers.mix(state ^ UInt64(value.bitPattern)) }
    }
    digest = String(state, radix: 16)
  }

  /// The network and width of the weights, where they are of one that can be trained: one of this program's, or what the file's
  /// graph says. Cost: that of making networks to compare with.
  public var network: (kind: NetworkKind, width: Double)? {
    guard let stated else { return NetworkKind.matching(tensors) }
    if let own = stated.own, let match = own.match(tensors), !match.isInColour { return (own, match.width) }
    return stated.described.map { ($0, 1) }
  }

  /// Copies the tensors into a network by name, which may be timm's or torchvision's. The last layer's rows are told by their classes' names, and start
  /// afresh for other classes than the file's.
  ///
  /// - Returns: one sentence about what was taken.
  /// - Throws: `checkpoint` when anything but the last layer does not fit.
  public func load(into network: any Network, labels now: [String]) throws(TrainError) -> String {
    let (tensors, note) = self.tensors.fitted(to: network)
    let last = Set(network.head.map { $0.name })
    // For each class of the network, its place among the file's; nil when these are other classes.
    let rows = labels.flatMap { Self.rows(of: now, among: $0) }
    let isSameTask = labels == nil || rows != nil
    var fresh: [String] = []
    var taken = 0
    for parameter in network.parameters {
      let tensor = tensors[parameter.name]
      let fits = tensor?.shape == parameter.value.shape
      if last.contains(parameter.name), !isSameTask || !fits {
        fresh.append(parameter.name)
        continue
      }
      guard let tensor else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is missing; was this trained with another --network?")
      }
      guard fits else {
        throw .checkpoint(
          "\(path): the tensor \(parameter.name) is \(tensor.shape.description) where the network has \(parameter.value.shape.description); was it trained with another --network or --width?"
        )
      }
      if let rows, last.contains(parameter.name) {
        let width = tensor.values.count / max(rows.count, 1)
        for (to, from) in rows.enumerated() {
          for k in 0..<width { parameter.value[to * width + k] = tensor.values[from * width + k] }
        }
      } else {
        parameter.value.update(from: tensor.values)
      }
      taken += 1
    }
    let rest =
      fresh.isEmpty ? "" : "; \(fresh.joined(separator: " and ")) begin afresh for \(now.count) classes"
    return "\(path): \(taken) tensors taken\(note.map { "; \($0)" } ?? "")\(rest)"
  }

  /// Where each class is among the file's, if both have the same classes in whatever order.
  private static func rows(of now: [String], among labels: [String]) -> [Int]? {
    let places = ClassNames.places(of: now, among: labels).compactMap { $0 }
    return now.count == labels.count && Set(places).count == now.count ? places : nil
  }

  /// The parameters whose names match a pattern, in which `*` stands for anything.
  ///
  /// - Throws: `setting` for a pattern that matches nothing, and when nothing is left to train.
  public static func frozen(_ patterns: [String], in network: any Network) throws(TrainError) -> [Parameter] {
    for pattern in patterns where !network.parameters.contains(where: { matches($0.name, pattern) }) {
      throw .setting(
        "--freeze \(pattern) matches no parameter; there are \(network.parameters.prefix(4).map { $0.name }.joined(separator: ", ")), and so on."
      )
    }
    let frozen = network.parameters.filter { parameter in
      patterns.contains { matches(parameter.name, $0) }
    }
    let left = network.parameters.filter { parameter in
      parameter.kind != .statistic && !frozen.contains { $0 === parameter }
    }
    guard !left.isEmpty else { throw .setting("--freeze leaves nothing to train.") }
    return frozen
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, name, 0) == 0
  }
}
