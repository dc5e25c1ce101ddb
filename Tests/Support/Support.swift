import FermFormat
import FermRuntime
import FermTrain
import Foundation

/// What several test modules use.
public enum Support {
  /// The folder of the checkout.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// A fresh folder of the test's own.
  public static func temporaryFolder() throws -> String {
    let path = NSTemporaryDirectory() + "/ferm-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  /// Numbers from -1 to 1 that are the same for one seed.
  public static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomNumbers(seed: seed)
    return (0..<count).map { _ in 2 * random.uniform() - 1 }
  }

  /// A small trained-looking network in a model: every tensor random, batch-norm statistics not the trivial ones.
  public static func tinyModel(width: Double = 0.0625, seed: UInt64 = 1) throws -> (
    network: SmallVGG, model: Model
  ) {
    let network = SmallVGG(classes: 3, width: width, seed: seed)
    for (i, parameter) in network.parameters.enumerated()
    where parameter.kind == .statistic || parameter.kind == .norm {
      let positive = parameter.name.hasSuffix("running_var") || parameter.kind == .norm
      for (j, value) in numbers(parameter.value.count, seed: UInt64(i)).enumerated() {
        parameter.value[j] = positive ? 1 + 0.5 * value : 0.2 * value
      }
    }
    var provenance = Provenance()
    provenance["train.seed"] = .integer(7)
    provenance["validation.accuracy"] = .real(0.5)
    provenance["note"] = .string("made by a test")
    let model = try Model(
      network, name: "tiny", preprocessing: .greyFaces((resized: 48, cropped: 44)),
      labels: LabelSet(names: ["no", "maybe", "yes"]), provenance: provenance, workers: try Workers(count: 1))
    return (network, model)
  }
}
