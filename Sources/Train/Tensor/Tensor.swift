public import FermFormat

/// A dense fp32 array in row-major order; copies share their elements.
///
/// Elements are reached one by one (`tensor[3]`), as a copy (``values``), or where they lie for as long as a closure runs:
///
/// ```swift
/// let x = Tensor([1, -2, 3], shape: Shape(3))
/// x.withMutableSpan { x in
///   for i in x.indices { x[i] = max(x[i], 0) }
/// }
/// let largest = x.withSpan { x in x.indices.reduce(Float(0)) { max($0, x[$1]) } }
/// ```
///
/// No pointer to the elements leaves the library, so none can be used after the tensor is gone.
public struct Tensor {
  /// All dimensions, the batch first.
  public let shape: Shape
  let storage: Storage

  /// Takes memory for a tensor whose elements the caller will write, all of them.
  init(unfilled shape: Shape, pool: BufferPool? = nil) {
    self.shape = shape
    storage = Storage(count: shape.count, pool: pool)
  }

  /// Makes a tensor of zeros.
  ///
  /// - Parameter pool: where its memory comes from and returns to; nil asks the system.
  public init(zeros shape: Shape, pool: BufferPool? = nil) {
    self.init(unfilled: shape, pool: pool)
    fill(0)
  }

  /// Makes a tensor from its elements; missing ones are zero, extra ones are ignored.
  public init(_ values: [Float], shape: Shape) {
    self.init(unfilled: shape)
    withMutableSpan { to in
      let given = min(values.count, to.count)
      for i in 0..<given { to[i] = values[i] }
      for i in given..<to.count { to[i] = 0 }
    }
  }

  private init(storage: Storage, shape: Shape) {
    self.storage = storage
    self.shape = shape
  }

  /// The number of elements.
  public var count: Int { storage.count }

  /// A copy of the elements.
  public var values: [Float] {
    withSpan { from in
      [Float](capacity: from.count) { to in
        for i in from.indices { to.append(from[i]) }
      }
    }
  }

  /// The same elements under another shape of the same size.
  func reshaped(_ shape: Shape) -> Tensor { Tensor(storage: storage, shape: shape) }
}
