import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// What comes before a training step: one batch of faces drawn, varied and cropped, by the presets' augmentations.
struct AugmentBench {
  let arguments: Arguments

  init(_ arguments: Arguments) { self.arguments = arguments }

  func run() throws {
    let workers = try Workers(count: try arguments.integer("--threads", in: 0...256) ?? 0)
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 20
    var random = RandomNumbers(seed: 0)
    for batch in try arguments.batches(default: [64]) {
      var set = FaceSet()
      for i in 0..<batch {
        set.append(
          ((0..<(48 * 48)).map { _ in UInt8(random.below(256)) }, 1), label: i % 7, name: "face \(i)")
      }
      for (name, augmentation, side) in [
        ("default", Augmentation.standard, 44), ("reference", .reference, 40),
      ] {
        let sampler = BatchSampler(
          set, faces: Extent(48), recipe: .greyFaces((resized: 48, cropped: side)),
          augmentation: augmentation, seed: 0)
        let (faces, pool) = (Array(0..<batch), BufferPool())
        var epoch = 0
        let times = Measurement(repeats: repeats) {
          _ = sampler.inputs(faces, epoch: epoch, pool: pool, workers: workers)
          epoch += 1
        }
        emit(
          ("name", .string("augment")), ("preset", .string(name)), ("batch", .int(batch)),
          ("crops", .int(batch * augmentation.crops.count)), ("threads", .int(workers.count)),
          ("ms", rounded(1e3 * times.median)), ("fastest_ms", rounded(1e3 * times.seconds[0])))
      }
    }
  }
}
