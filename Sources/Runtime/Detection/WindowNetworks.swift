internal import FermFormat

/// A detector's network at the sizes of windows, each made when a search first wants it, and kept as long as all together have no more
/// pixels than the largest window.
struct WindowNetworks {
  /// The one that was used last comes last.
  private var kept: [DetectorNetwork] = []

  /// The network of a size, which runs in the threads of the one of the model's own size.
  ///
  /// - Throws: `memory`.
  mutating func network(
    _ size: Extent, of sizes: WindowSizes, for own: DetectorNetwork
  ) throws(FormatError) -> DetectorNetwork {
    if size == own.size { return own }
    if let known = kept.firstIndex(where: { $0.size == size }) {
      let network = kept.remove(at: known)
      kept.append(network)
      return network
    }
    try requireMemory(1 << 16)
    let pixels = size.height * size.width
    while !kept.isEmpty, kept.reduce(pixels, { $0 + $1.size.height * $1.size.width }) > sizes.mostPixels {
      kept.removeFirst()
    }
    let session = own.session
    let network = try DetectorNetwork(
      try Session(
        try Plan(session.plan, input: size), maxBatch: 1, workers: session.workers,
        precision: session.precision))
    kept.append(network)
    return network
  }
}
