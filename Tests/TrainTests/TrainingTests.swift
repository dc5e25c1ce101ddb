import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Training")
struct TrainingTests {
  @Test("SGD follows PyTorch's definition", arguments: [true, false])
  func sgd(nesterov: Bool) throws {
    // torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01), in fp64 by its definition.
    let parameter = Parameter("w", .weight, Tensor([1, -0.5], shape: Shape(2)))
    let optimiser = SGD(
      [parameter], momentum: 0.9, nesterov: nesterov, weightDecay: 0.01, sharer: Sharer(try Workers(count: 1))
    )
    var (w, v) = ([1.0, -0.5], [0.0, 0.0])
    for (step, gradient) in [[0.5, -0.25], [0.1, 1], [-0.3, 0.2]].enumerated() {
      for i in 0..<2 { parameter.gradient?.data[i] = Float(gradient[i]) }
      optimiser.step(learningRate: 0.1)
      for i in 0..<2 {
        let g = gradient[i] + 0.01 * w[i]
        v[i] = step == 0 ? g : 0.9 * v[i] + g
        w[i] -= 0.1 * (nesterov ? g + 0.9 * v[i] : v[i])
        #expect(abs(Double(parameter.value.data[i]) - w[i]) < 1e-6)
      }
    }
  }

  @Test("the cosine falls from 1 to 0")
  func cosine() {
    let factor = ScheduleKind.cosine.factor
    #expect(factor(0) == 1 && abs(factor(0.5) - 0.5) < 1e-12 && abs(factor(1)) < 1e-12)
    #expect(abs(factor(0.25) - 0.8535533905932737) < 1e-12)
  }

  @Test("dropout keeps the mean, and its share of elements")
  func dropout() throws {
    let tape = Tape(.training, workers: try Workers(count: 2), seed: 3)
    let x = tape.input(Tensor([Float](repeating: 1, count: 100_000), shape: Shape(10, 10_000)))
    let values = x.dropout(0.2).value.values
    let kept = values.filter { $0 != 0 }
    #expect(abs(Double(kept.count) / 100_000 - 0.8) < 0.01)
    #expect(kept.allSatisfy { abs($0 - 1.25) < 1e-6 })
  }

  @Test("batch norm's running statistics follow PyTorch's rule")
  func runningStatistics() throws {
    var make = ParameterMaker(seed: 0)
    let layer = BatchNormLayer(&make, "bn", 1)
    let tape = Tape(.training, workers: try Workers(count: 1))
    _ = layer(tape.input(Tensor([1, 2, 3, 6], shape: Shape(2, 1, 1, 2))))
    #expect(abs(layer.state.mean.value.data[0] - 0.3) < 1e-6)
    #expect(abs(layer.state.variance.value.data[0] - (0.9 + 0.1 * 14 / 3)) < 1e-6)
  }

  @Test("networks have the published sizes, and their traces are valid graphs")
  func networks() throws {
    let vgg = VGG(classes: 7, seed: 0)
    #expect(vgg.parameters.filter { $0.kind != .statistic }.reduce(0) { $0 + $1.value.count } == 29_890_759)
    let workers = try Workers(count: 2)
    let model = try Model(
      vgg, name: "vgg", preprocessing: .greyFaces((48, 40)), labels: LabelSet(names: FaceFolder.fer2013),
      workers: workers)
    #expect(try model.validate().multiplyAdds.reduce(0, +) == 350_903_296)
  }

  /// Faces that a tiny network can learn: bright on one side, or in the middle.
  private func toySet(_ count: Int) throws -> FaceSet {
    var set = try FaceSet(
      [], decoder: NoDecoder(), preprocessor: Preprocessor(.greyFaces((48, 44))), workers: Workers(count: 1))
    for i in 0..<count {
      let noise = Support.numbers(48 * 48, seed: UInt64(i))
      let label = i % 3
      let pixels = (0..<(48 * 48)).map { place in
        let band = label == 2 ? (16..<32).contains(place / 48) : (label == 0) == (place / 48 < 16)
        return UInt8((band ? 160 : 60) + 40 * noise[place])
      }
      set.faces.append((pixels, 1))
      set.labels.append(label)
    }
    return set
  }

  private struct NoDecoder: FaceDecoder {
    func decode(path: String) throws(FaceDecodingError) -> DecodedFace { throw FaceDecodingError("none") }
  }

  private func trained(threads: Int, epochs: Int) throws -> (weights: [[Float]], losses: [Double]) {
    let network = SmallVGG(classes: 3, width: 0.0625, seed: 4)
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batch = 12
    settings.learningRate = 0.01
    let trainer = Trainer(network, settings: settings, workers: try Workers(count: threads))
    var losses: [Double] = []
    try trainer.run(on: try toySet(48), preprocessing: .greyFaces((48, 44)), validate: { nil }) { event in
      if case .epoch(let result) = event { losses.append(result.train.loss) }
    }
    return (network.parameters.map { $0.value.values }, losses)
  }

  @Test("the loss falls, and one seed gives the same weights for any number of threads")
  func determinism() throws {
    let one = try trained(threads: 1, epochs: 4)
    let three = try trained(threads: 3, epochs: 4)
    #expect(one.weights == three.weights)
    #expect(one.losses == three.losses)
    #expect(one.losses[3] < 0.7 * one.losses[0])
  }
}
