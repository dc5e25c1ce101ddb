internal import FermFormat
internal import Foundation

/// How the faces of a step are put together in pairs, each with its opposite in the batch: the first with the last, and so on.
enum FaceBlend: Equatable {
  /// Every pixel is `share` of a face's own and the rest of its opposite's (mixup; Zhang et al., 2018).
  case mixup(share: Float)
  /// A rectangle of a face is its opposite's (CutMix; Yun et al., 2019).
  case cutmix(rows: Range<Int>, columns: Range<Int>, of: Extent)

  /// Draws how a step's faces are blended; nil where they stay as they are.
  ///
  /// - Parameter crop: the size of the network's input.
  init?(_ settings: TrainingSettings, crop: Extent, _ random: inout RandomNumbers) {
    let (mixup, cutmix) = (settings.mixup, settings.cutmix)
    let place = Double(random.uniform())
    if place < mixup.probability {
      self = .mixup(share: Self.share(alpha: mixup.alpha, &random))
    } else if place < mixup.probability + cutmix.probability {
      let side = (1 - Self.share(alpha: cutmix.alpha, &random)).squareRoot()
      /// A part of that share of a side, about a point anywhere; what lies beyond the face is cut off.
      func part(_ length: Int, _ random: inout RandomNumbers) -> Range<Int> {
        let (middle, half) = (Float(length) * random.uniform(), Float(length) * side / 2)
        let start = max(0, Int((middle - half).rounded()))
        return start..<max(start, min(length, Int((middle + half).rounded())))
      }
      let rows = part(crop.height, &random)
      self = .cutmix(rows: rows, columns: part(crop.width, &random), of: crop)
    } else {
      return nil
    }
  }

  /// How much of each face is its own.
  var share: Float {
    switch self {
    case .mixup(let share): share
    case .cutmix(let rows, let columns, let crop):
      1 - Float(rows.count * columns.count) / Float(crop.height * crop.width)
    }
  }

  /// Blends the faces in place.
  ///
  /// - Parameter inputs: `[faces * crops, C, H, W]`.
  func apply(to inputs: Tensor, faces: Int, crops: Int) {
    let size = inputs.count / max(faces * crops, 1) * crops
    inputs.withMutableSpan { inputs in
      for face in 0..<(faces / 2) {
        let (a, b) = (face * size, (faces - 1 - face) * size)
        switch self {
        case .mixup(let share):
          for i in 0..<size {
            let (x, y) = (inputs[a + i], inputs[b + i])
            inputs[a + i] = share * x + (1 - share) * y
            inputs[b + i] = share * y + (1 - share) * x
          }
        case .cutmix(let rows, let columns, let crop):
          for plane in stride(from: 0, to: size, by: crop.height * crop.width) {
            for y in rows {
              for x in columns {
                let i = plane + y * crop.width + x
                (inputs[a + i], inputs[b + i]) = (inputs[b + i], inputs[a + i])
              }
            }
          }
        }
      }
    }
  }

  /// A draw from Beta(alpha, alpha), by Jöhnk's method.
  static func share(alpha: Double, _ random: inout RandomNumbers) -> Float {
    while true {
      let x = pow(Double(random.uniform()), 1 / alpha)
      let y = pow(Double(random.uniform()), 1 / alpha)
      if x + y <= 1, x + y > 0 { return Float(x / (x + y)) }
    }
  }
}
