import FermFormat
import FermImage
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

private let faces = ProcessInfo.processInfo.environment["FERM_FER2013"]

/// Whole runs of both engines on real faces; takes some minutes, and says so when it is skipped.
@Suite("Both engines")
struct EngineLossTests {
  @Test(
    "have the same mean losses to 1 % over the first two epochs of 4,000 real faces",
    .enabled(if: faces != nil, "FERM_FER2013 names no faces"), arguments: ["vgg", "vgg-s"])
  func losses(network: String) throws {
    let workers = try Workers()
    let data = try FaceData(path: try #require(faces), decoder: PictureDecoder(), workers: workers)
    let listed = FaceData.sample(try #require(data.splits["train"]), limit: 4000, seed: 0)
    let kind = try NetworkKind.named(network)
    let preprocessing = kind.preprocessing
    let set = try FaceSet(
      listed, of: data, preprocessor: Preprocessor(preprocessing), workers: workers)
    func run(_ engine: Engine) throws -> [Double] {
      var settings = TrainingSettings()
      settings.epochs = 2
      settings.smoothing = 0
      settings.average = 0
      settings.augmentation = Augmentation()
      let trainer = try Trainer(
        try kind.make(NetworkSettings(classes: data.classes.count)), schedule: Cosine(peak: 0.05),
        settings: settings, workers: workers, engine: engine)
      let owner = ToyOwner(trainer, workers: workers)
      _ = try trainer.run(
        on: set, validation: FaceSet(), preprocessing: preprocessing, classes: data.classes.count,
        owner: owner)
      return owner.losses
    }
    let (fast, plain) = (try run(.fast), try run(.plain))
    print("\(network): epoch-mean losses \(fast) with the fast engine, \(plain) with the plain one")
    #expect(fast.count == 2)
    for (a, b) in zip(fast, plain) { #expect(abs(a - b) < 0.01 * b) }
  }
}
