internal import FermFormat
internal import FermRuntime

/// Turns faces into training batches: shuffled by epoch, randomly cropped and mirrored.
///
/// Every draw depends on seed, epoch and face alone.
struct BatchSampler {
  let set: FaceSet
  let preprocessor: Preprocessor
  let batch: Int
  let seed: UInt64

  /// The faces of an epoch in their order; the last, incomplete batch is left to another epoch's luck.
  func order(epoch: Int) -> [[Int]] {
    var random = RandomNumbers(seed: seed, 0x6F72_6465, UInt64(epoch))
    let order = (0..<set.count).shuffled(using: &random)
    let size = min(batch, set.count)
    return (0..<(set.count / size)).map { Array(order[($0 * size)..<(($0 + 1) * size)]) }
  }

  /// One batch `[N, C, H, W]`, each face cropped at random and mirrored half of the time.
  func inputs(_ faces: [Int], epoch: Int) -> [Float] {
    let recipe = preprocessor.recipe
    let size = recipe.inputShape.count
    var inputs = [Float](repeating: 0, count: faces.count * size)
    for (i, face) in faces.enumerated() {
      var random = RandomNumbers(seed: seed, 0x6372_6F70, UInt64(epoch), UInt64(face))
      let top = random.below(recipe.resized.height - recipe.cropped.height + 1)
      let left = random.below(recipe.resized.width - recipe.cropped.width + 1)
      preprocessor.write(
        set.faces[face], top: top, left: left, mirrored: random.next() & 1 == 1, to: &inputs, at: i * size)
    }
    return inputs
  }
}
