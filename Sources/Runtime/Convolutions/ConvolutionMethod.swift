internal import FermFormat

/// One way to compute a convolution, for one layer.
///
/// A way is a file with a type that conforms to this, whose initialiser says whether it can, and a line in
/// ``AnyConvolutionMethod/all(for:images:kernels:)``. What a session asks of it follows from the layer and the batch alone, so that no
/// bit depends on the number of threads.
protocol ConvolutionMethod: Sendable {
  associatedtype Run: ConvolutionRun

  /// What packed filters are known by: methods of one name read one order.
  var name: String { get }
  /// Whose products it uses.
  var kernels: KernelTable { get }
  /// Bytes of packed filters beyond those that ``ExecutionCost`` counts for every convolution.
  var filterBytes: Int { get }

  /// What so many images cost.
  func cost(images: Int) -> ConvolutionCost
  /// The images that keep one thread busy by itself, in a session whose work is shared out for `batch`; nil where all threads
  /// share the step, because they then read its weights once.
  func group(batch: Int) -> Int?
  /// Its memory in such a session, of which a pass takes `images`.
  func memory(batch: Int, images: Int) -> StepMemory
  /// Packs the filters, where no other session has, and makes all that a run needs.
  func prepare(_ session: ConvolutionSession) throws(FormatError) -> Run
}

/// A convolution that is ready to run in one session.
protocol ConvolutionRun {
  /// Bytes of filters, as they are and packed.
  var weightBytes: Int { get }
  /// Runs for so many images, without taking memory.
  func run(images: Int, in context: ExecutionContext)
}

/// What a session gives a convolution to work with.
struct ConvolutionSession {
  let input: Place
  /// The map that is added to the outputs, if one is.
  let addend: Place?
  let output: Place
  /// The images for which the work is shared out.
  let batch: Int
  /// The most that a pass takes.
  let images: Int
  let packing: PackingThreads
}

/// A way that somebody chose, whichever it is: function values, as Embedded Swift has no existentials.
struct AnyConvolutionMethod {
  let name: String
  /// Whether its products are of narrow numbers.
  let isNarrow: Bool
  let cost: ConvolutionCost
  let filterBytes: Int
  let group: (_ batch: Int) -> Int?
  let memory: (_ batch: Int, _ images: Int) -> StepMemory
  let prepare: (ConvolutionSession) throws(FormatError) -> AnyConvolutionRun

  private init?<Method: ConvolutionMethod>(_ method: Method?, images: Int) {
    guard let method else { return nil }
    name = method.name
    isNarrow = method.kernels.isNarrow
    cost = method.cost(images: images)
    filterBytes = method.filterBytes
    group = { method.group(batch: $0) }
    memory = { method.memory(batch: $0, images: $1) }
    prepare = { (session) throws(FormatError) in AnyConvolutionRun(try method.prepare(session)) }
  }

  /// All ways that can compute a layer with one kind of products, for up to `images` images; in fp32 any can be, by its
  /// definition.
  private static func all(
    for layer: FusedConvolution, images: Int, kernels: KernelTable
  ) -> [AnyConvolutionMethod?] {
    [
      AnyConvolutionMethod(DirectMethod(layer, kernels), images: images),
      AnyConvolutionMethod(DepthwiseMethod(layer, kernels), images: images),
    ]
      + WinogradShape.sizes.map { m in
        AnyConvolutionMethod(WinogradMethod(layer, m: m, kernels), images: images)
      }
  }

  /// The cheapest way for up to `images` images, with the fastest products for which there is one; the first of those that cost
  /// the same.
  ///
  /// - Parameter isPlain: whether only ways without filters of their own are asked.
  static func cheapest(
    for layer: FusedConvolution, images: Int, isPlain: Bool = false, precision: Precision,
    kernels: KernelTable
  ) -> AnyConvolutionMethod? {
    for variant in kernels.variants(precision) {
      let ways = all(for: layer, images: images, kernels: variant).compactMap { $0 }
        .filter { !isPlain || $0.filterBytes == 0 }
      if let way = ways.min(by: { $0.cost < $1.cost }) { return way }
    }
    return nil
  }
}

/// A convolution that is ready to run, by whichever way.
struct AnyConvolutionRun {
  let weightBytes: Int
  let run: (_ images: Int, _ context: ExecutionContext) -> Void

  init<Run: ConvolutionRun>(_ run: Run) {
    weightBytes = run.weightBytes
    self.run = { run.run(images: $0, in: $1) }
  }
}
