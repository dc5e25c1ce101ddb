internal import FermFormat
internal import FermKernels

/// Feature maps `[N, C, H, W]` in the kernels' layout `[image][block of channels][y][x][lane]` (FermKernels.h).
///
/// Lanes beyond the last channel are zero.
struct Map {
  /// The dimensions as a tensor has them.
  let shape: Shape
  let lanes: Int
  /// All elements as they lie, in one dimension.
  let elements: Tensor

  /// Takes memory for a map whose elements the caller will write, all of them.
  init(unfilled shape: Shape, lanes: Int, pool: BufferPool?) {
    self.shape = shape
    self.lanes = lanes
    let blocks = (shape[1] + lanes - 1) / lanes
    elements = Tensor(unfilled: Shape(shape[0] * blocks * lanes * shape[2] * shape[3]), pool: pool)
  }

  var images: Int { shape[0] }
  var channels: Int { shape[1] }
  var blocks: Int { (channels + lanes - 1) / lanes }
  /// Pixels of one channel.
  var pixels: Int { shape[2] * shape[3] }
  /// Floats from one image to the next.
  var pitch: Int { blocks * lanes * pixels }
  /// Whether the caches cannot be expected to hold it all until it is read again.
  var isLarge: Bool { 4 * images * pitch > 10 << 20 }
}

extension Tape {
  /// A tensor `[N, C, H, W]` as maps.
  func map(_ tensor: Tensor) -> Map {
    let result = map(tensor.shape)
    let plane = result.channels * result.pixels
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(tensor), memory.writing(result))
      forEach(result.images) { n in
        // SAFETY: every image has its own place in both.
        unsafe ferm_pack_blocks(
          from + n * plane, to + n * result.pitch, Int32(result.channels), Int32(result.lanes),
          Int32(result.pixels))
      }
    }
    return result
  }

  /// Maps as a tensor `[N, C, H, W]`.
  func tensor(_ map: Map) -> Tensor {
    let result = tensor(map.shape)
    let plane = map.channels * map.pixels
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(map), memory.writing(result))
      forEach(map.images) { n in
        // SAFETY: every image has its own place in both.
        unsafe ferm_unpack_blocks(
          from + n * map.pitch, to + n * plane, Int32(map.channels), Int32(map.lanes), Int32(map.pixels))
      }
    }
    return result
  }
}
