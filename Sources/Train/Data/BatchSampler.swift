public import FermFormat
public import FermRuntime
internal import Foundation

/// Turns faces into training batches: shuffled by epoch, varied, cropped, mixed.
///
/// Every draw depends on seed, epoch and face alone (mixing: on seed, epoch and step), so a run can be resumed at any
/// step and shared between any number of threads. The faces of a batch are drawn by all threads at once, in well under
/// a hundredth of the time of a step (docs/recipes.md).
public struct BatchSampler {
  let set: FaceSet
  /// The size of the faces, of the canvas they are drawn on, and of the crops.
  let faces: Extent
  let canvas: Int
  let recipe: Preprocessing
  let augmentation: Augmentation
  let seed: UInt64

  /// Prepares sampling.
  ///
  /// - Parameters:
  ///   - faces: the size of the faces in `set`.
  ///   - recipe: its `resized` is the canvas, its `cropped` the network's input; both square.
  public init(
    _ set: FaceSet, faces: Extent, recipe: Preprocessing, augmentation: Augmentation, seed: UInt64
  ) {
    self.set = set
    self.faces = faces
    canvas = recipe.resized.height
    self.recipe = recipe
    self.augmentation = augmentation
    self.seed = seed
  }

  /// The shuffled faces of an epoch, in batches; an incomplete last batch is dropped.
  public static func order(count: Int, batch: Int, epoch: Int, seed: UInt64) -> [[Int]] {
    var random = RandomNumbers(seed: seed, 0x6F72_6465, UInt64(epoch))
    let order = (0..<count).shuffled(using: &random)
    let size = min(batch, count)
    return (0..<(count / max(size, 1))).map { Array(order[($0 * size)..<(($0 + 1) * size)]) }
  }

  /// The network's input for these faces: `[faces * crops, C, H, W]`, all crops of a face after each other.
  public func inputs(_ chosen: [Int], epoch: Int, pool: BufferPool, workers: Workers) -> Tensor {
    let (crops, size) = (augmentation.crops, recipe.inputShape.count)
    let inputs = Tensor(
      unfilled: Shape([chosen.count * crops.count] + recipe.inputShape.dimensions), pool: pool)
    let channels = set.faces.first?.channels ?? 1
    inputs.writeItems(chosen.count, OneByOne(workers)) { part, inputs in
      var drawn = [Float](repeating: 0, count: channels * canvas * canvas)
      for i in part {
        let face = chosen[i]
        var random = RandomNumbers(seed: seed, 0x6372_6F70, UInt64(epoch), UInt64(face))
        let turn = (RandomNumbers.mix(seed &+ UInt64(face)) &+ UInt64(epoch)) & 1 == 1
        var pixels = drawn.mutableSpan
        FaceView(augmentation, turn: turn, &random).draw(set.faces[face], faces, on: &pixels, side: canvas)
        let first = (i - part.lowerBound) * crops.count * size
        for (c, crop) in self.crops(&random).enumerated() {
          cut(pixels.span, channels, crop, into: &inputs, at: first + c * size, &random)
        }
      }
    }
    return inputs
  }

  private func crops(_ random: inout RandomNumbers) -> [Crop] {
    switch augmentation.crops {
    case .random:
      let top = random.below(canvas - recipe.cropped.height + 1)
      return [Crop(top: top, left: random.below(canvas - recipe.cropped.width + 1))]
    case .ten: return Crop.ten(of: recipe)
    }
  }

  /// Copies one crop, as `pixel * scale + offset`, with a blank rectangle perhaps.
  private func cut(
    _ canvas: Span<Float>, _ channels: Int, _ crop: Crop,
    into target: inout MutableSpan<Float>, at first: Int, _ random: inout RandomNumbers
  ) {
    let (height, width, side) = (recipe.cropped.height, recipe.cropped.width, self.canvas)
    let blank = blankRectangle(&random)
    for channel in recipe.scale.indices {
      let (scale, offset) = (recipe.scale[channel], recipe.offset[channel])
      let plane = (channels == 1 ? 0 : channel) * side * side
      let out = first + channel * height * width
      for y in 0..<height {
        let start = plane + (crop.top + y) * side + crop.left
        let row = canvas.extracting(start..<(start + width))
        let to = out + y * width
        if crop.isMirrored {
          for x in 0..<width { target[to + x] = row[width - 1 - x] * scale + offset }
        } else {
          for x in 0..<width { target[to + x] = row[x] * scale + offset }
        }
      }
      guard let blank else { continue }
      let value = augmentation.blank.pixel * scale + offset
      for y in blank.rows { for x in blank.columns { target[out + y * width + x] = value } }
    }
  }

  /// Random erasing (Zhong et al., 2020): ten draws at most for a rectangle that fits.
  private func blankRectangle(_ random: inout RandomNumbers) -> (rows: Range<Int>, columns: Range<Int>)? {
    let a = augmentation
    guard a.erasing.probability > 0, Double(random.uniform()) < a.erasing.probability else { return nil }
    let (height, width) = (recipe.cropped.height, recipe.cropped.width)
    let (low, high) = (log(a.erasingRatio.least), log(a.erasingRatio.most))
    for _ in 0..<10 {
      let share = a.erasing.least + (a.erasing.most - a.erasing.least) * Double(random.uniform())
      let area = share * Double(height * width)
      let ratio = exp(low + (high - low) * Double(random.uniform()))
      let (h, w) = (Int((area / ratio).squareRoot().rounded()), Int((area * ratio).squareRoot().rounded()))
      guard h < height, w < width else { continue }
      let (top, left) = (random.below(height - h + 1), random.below(width - w + 1))
      return (top..<(top + h), left..<(left + w))
    }
    return nil
  }
}

/// Threads that take one item after the other.
private struct OneByOne: WorkSharing {
  let workers: Workers
  init(_ workers: Workers) { self.workers = workers }

  func share(_ count: Int, _ body: (Range<Int>) -> Void) { workers.forEach(count) { body($0..<($0 + 1)) } }
}
