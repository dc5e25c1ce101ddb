internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

/// A number for each plane of maps `[N, C, H, W]`: maps of one pixel, `[N, C, 1, 1]`.
extension Tape {
  /// The sum of each plane, or the mean.
  func planeSums(of x: Map, asMean: Bool = false, _ kernels: KernelTable) -> Map {
    let sums = planeNumbers(x.shape)
    runPlanes(of: x, asMean: asMean, sums: sums, kernels)
    return sums
  }

  /// Each plane of `x` times its factor.
  func planes(of x: Map, times factors: Map, _ kernels: KernelTable) -> Map {
    let products = map(x.shape)
    runPlanes(of: x, factors: factors, products: products, kernels)
    return products
  }

  /// What a gradient `dy` of such products is for `x` and for the factors.
  func planeGradients(
    of dy: Map, _ x: Map, times factors: Map, _ kernels: KernelTable
  ) -> (x: Map, factors: Map) {
    let (dx, sums) = (map(x.shape), planeNumbers(x.shape))
    runPlanes(of: dy, sums: sums, times: x, factors: factors, products: dx, kernels)
    return (dx, sums)
  }

  /// Planes each of whose pixels is the plane's number over their count.
  func planes(_ shape: Shape, sharing numbers: Map, _ kernels: KernelTable) -> Map {
    let shares = map(shape)
    runPlanes(asMean: true, factors: numbers, products: shares, kernels)
    return shares
  }

  /// Adds the same to planes that there are.
  func add(sharing numbers: Map, to planes: Map, _ kernels: KernelTable) {
    runPlanes(of: planes, asMean: true, factors: numbers, products: planes, adds: true, kernels)
  }

  private func planeNumbers(_ shape: Shape) -> Map { map(Shape(shape[0], shape[1], 1, 1)) }

  private func runPlanes(
    of x: Map? = nil, asMean: Bool = false, sums: Map? = nil, times y: Map? = nil, factors: Map? = nil,
    products: Map? = nil, adds: Bool = false, _ kernels: KernelTable
  ) {
    guard let size = x ?? products else { return }
    withMemory { memory in
      var task = unsafe ferm_planes()
      unsafe task.images = Int32(size.images)
      unsafe task.blocks = Int32(size.blocks)
      unsafe task.pixels = Int32(size.pixels)
      unsafe task.mean = asMean ? 1 : 0
      // SAFETY: all maps have one shape, and there is a sum and a factor for each of their planes.
      unsafe task.x = memory.reading(x?.elements)
      unsafe task.sums = memory.writing(sums?.elements)
      unsafe task.y = memory.reading(y?.elements)
      unsafe task.factors = memory.reading(factors?.elements)
      unsafe task.products = memory.writing(products?.elements)
      unsafe task.adds = adds ? 1 : 0
      unsafe task.stream = size.isLarge && !adds && products != nil ? 1 : 0
      unsafe run(&task, kernels.training.pointee.planes)
    }
  }
}
