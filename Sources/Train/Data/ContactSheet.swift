public import FermFormat
public import FermRuntime

/// A picture of what augmentation does: in each row a face as it is, then as the network sees it in seven epochs.
public struct ContactSheet {
  /// Grey pixels, rows without gaps.
  public let pixels: [UInt8]
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int

  /// Draws eight faces of `set`; with ten crops, the first seven of each.
  public init(
    _ set: FaceSet, faces: Extent, recipe: Preprocessing, augmentation: Augmentation, seed: UInt64,
    workers: Workers
  ) {
    let (columns, gap, zoom) = (8, 4, 2)
    let rows = min(8, set.count)
    let side = recipe.cropped.height
    let cell = max(side, faces.height) * zoom + gap
    let (width, height) = (columns * cell + gap, rows * cell + gap)
    var pixels = [UInt8](repeating: 255, count: width * height)
    func place(_ row: Int, _ column: Int, _ side: Int, _ value: (Int) -> UInt8) {
      for y in 0..<(side * zoom) {
        for x in 0..<(side * zoom) {
          pixels[(gap + row * cell + y) * width + gap + column * cell + x] =
            value(y / zoom * side + x / zoom)
        }
      }
    }
    let sampler = BatchSampler(set, faces: faces, recipe: recipe, augmentation: augmentation, seed: seed)
    let chosen = (0..<rows).map { $0 * set.count / max(rows, 1) }
    let (crops, size) = (augmentation.crops.count, recipe.inputShape.count)
    let pool = BufferPool()
    for epoch in 0..<(crops == 1 ? columns - 1 : 1) {
      let inputs = sampler.inputs(chosen, epoch: epoch, pool: pool, workers: workers)
      for row in 0..<rows {
        for crop in 0..<min(crops, columns - 1) {
          let first = (row * crops + crop) * size
          place(row, 1 + epoch + crop, side) { i in
            let pixel = (inputs[first + i] - recipe.offset[0]) / recipe.scale[0]
            return UInt8(min(max(pixel.rounded(), 0), 255))
          }
        }
      }
    }
    for (row, face) in chosen.enumerated() where faces.height == faces.width {
      let own = set.faces[face]
      place(row, 0, faces.height) { own.pixels[$0 * own.channels] }
    }
    (self.pixels, self.width, self.height) = (pixels, width, height)
  }
}
