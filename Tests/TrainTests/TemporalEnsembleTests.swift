import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Labels that the network corrects")
struct TemporalEnsembleTests {
  @Test("an average forgets by its decay, and says nothing before its time or of faces that nobody has seen")
  func average() throws {
    var answers = TemporalEnsemble(LabelCorrection(share: 0.5, from: 0.25, decay: 0.5), faces: 3, classes: 2)
    // Two crops a face, of whose probabilities the mean counts.
    func logits(_ probabilities: [Float]) -> [Float] { probabilities.map { log(max($0, 1e-30)) } }
    answers.remember(logits([1, 0, 1, 0, 0.5, 0.5, 0, 1]), of: [2, 0])
    answers.remember(logits([0, 1, 0, 1]), of: [2])
    #expect(answers.opinion(of: [0], progress: 0.2) == nil)
    let opinion = try #require(answers.opinion(of: [0, 1, 2], progress: 0.25))
    #expect(opinion.shares == [0.5, 0, 0.5])
    // Half of the second answer and a quarter of the first, over three quarters.
    for (got, want) in zip(opinion.probabilities, [0.25, 0.75, 0, 0, 1.0 / 3, 2.0 / 3] as [Float]) {
      #expect(abs(got - want) < 1e-6)
    }
  }

  /// Faces of which every eighth has a wrong label.
  private var faces: FaceSet {
    var set = FaceSet()
    for i in 0..<48 { set.append(ToyFaces.set(1, from: i, turned: i % 8 == 0 ? 1 : 0)) }
    return set
  }

  private func run(
    correcting: LabelCorrection?, stopsAfter: Int = .max, from saved: (TrainingState, Model)? = nil
  ) throws -> (trainer: Trainer, weights: [[Float]]) {
    var settings = TrainingSettings()
    (settings.epochs, settings.batch, settings.calmEpochs, settings.sizes) = (8, 8, 0, [(32, 1)])
    settings.correction = correcting
    let workers = try Workers(count: 2)
    let network = ToyFaces.network()
    let trainer = try Trainer(
      network, schedule: Cosine(peak: 0.05), settings: settings, workers: workers)
    let owner = ToyOwner(trainer, workers: workers)
    owner.stopsAfter = stopsAfter
    _ = try trainer.run(
      on: faces, validation: FaceSet(), preprocessing: .greyFaces((48, 44)), classes: 3, from: saved,
      owner: owner)
    return (trainer, network.parameters.map { $0.value.values })
  }

  @Test("what the network says of mislabelled faces comes to be what they show")
  func correction() throws {
    let (trainer, weights) = try run(correcting: LabelCorrection(share: 0.6, from: 0.25, decay: 0.5))
    let answers = try #require(trainer.answers)
    let wrong = stride(from: 0, to: 48, by: 8)
    let opinion = try #require(answers.opinion(of: Array(wrong), progress: 1))
    for (row, face) in wrong.enumerated() {
      let said = opinion.probabilities[(3 * row)..<(3 * row + 3)]
      #expect(said.firstIndex(of: said.max() ?? 0) == 3 * row + face % 3)
    }
    let isOther = try run(correcting: nil).weights != weights
    #expect(isOther)
  }

  @Test("a run that stops and goes on from its bytes ends with the same bits", arguments: [3, 20])
  func resume(stopsAfter: Int) throws {
    let correction = LabelCorrection(share: 0.6, from: 0.25, decay: 0.5)
    let whole = try run(correcting: correction)
    let part = try run(correcting: correction, stopsAfter: stopsAfter).trainer
    let model = try part.model(name: "toy", preprocessing: .greyFaces((48, 44)), labels: ToyFaces.labels)
    let saved = (
      try TrainingState(part.snapshot().encoded()), try ModelFile(bytes: try model.encoded()).loadModel()
    )
    let rest = try run(correcting: correction, from: saved)
    let isSame =
      rest.weights == whole.weights && rest.trainer.snapshot().encoded() == whole.trainer.snapshot().encoded()
    #expect(isSame)
  }
}
