public import FermFormat
public import FermRuntime

/// Shows which pixels a model's answer depends on, for the network of any file.
///
/// ```swift
/// func map(of face: [Float], _ model: Model) throws -> [Float] {
///   let saliency = try Saliency(model, workers: try Workers())
///   return try saliency.maps(of: face, method: .gradient)[0].values
/// }
/// ```
///
/// The network is the one that predicts: running statistics, no dropout, weights as the file has them.
public struct Saliency {
  let network: GraphNetwork
  let workers: Workers
  /// `[C, H, W]` of one input.
  let input: Shape
  private let temperature: Float

  /// Takes over a model's network.
  ///
  /// - Throws: `model` for a graph without class scores.
  public init(_ model: Model, workers: Workers) throws(TrainError) {
    network = try GraphNetwork(model)
    // Frozen statistics are those by which a normalisation goes.
    for parameter in network.parameters { parameter.isFrozen = true }
    (self.workers, input, temperature) = (workers, model.preprocessing.inputShape, model.labels.temperature)
  }

  /// A map of each face, one pass forward and back a face, or as many as it has copies.
  ///
  /// - Parameters:
  ///   - inputs: preprocessed faces `[N, C, H, W]`.
  ///   - classes: the class to explain, a face each; nil for the likeliest of each.
  ///   - seed: of the noise, the same for every face.
  /// - Throws: `model` for a face whose logits are not finite, and for a network without maps where the method needs one.
  public func maps(
    of inputs: [Float], classes: [Int]? = nil, method: SaliencyMethod, seed: UInt64 = 0
  ) throws(TrainError) -> [SaliencyMap] {
    precondition(inputs.count % input.count == 0, "inputs are whole faces")
    precondition(classes.map { $0.count * input.count == inputs.count } ?? true, "a class for each face")
    var maps: [SaliencyMap] = []
    for face in 0..<(inputs.count / input.count) {
      let pixels = Array(inputs[(face * input.count)..<((face + 1) * input.count)])
      let logits = try self.logits(pixels, face)
      let label = classes?[face] ?? logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
      let raw =
        switch method {
        case .gradient: Self.strongest(gradient(pixels, label), input)
        case .smoothGradient(let copies, let noise):
          Self.strongest(smoothGradient(pixels, label, copies: copies, noise: noise, seed: seed), input)
        case .gradCAM: try gradCAM(pixels, label)
        }
      guard raw.allSatisfy({ $0.isFinite }) else {
        throw .model("The gradients for face \(face + 1) are not finite: the network's numbers outgrow fp32.")
      }
      maps.append(
        SaliencyMap(
          raw, height: input[1], width: input[2], label: label,
          probability: softmax(logits, temperature: temperature)[label]))
    }
    return maps
  }

  private func logits(_ pixels: [Float], _ face: Int) throws(TrainError) -> [Float] {
    let tape = Tape(.evaluation, workers: workers)
    let logits = network(tape.input(batch(pixels))).value.values
    guard logits.allSatisfy({ $0.isFinite }) else {
      throw .model("The logits for face \(face + 1) are not finite: the network's numbers outgrow fp32.")
    }
    return logits
  }

  /// A pass that keeps what going back takes. By the plain engine, as Winograd's rounding would part pixels that are equal in a flat
  /// part of a face, and so send the gradient of a pool's maximum elsewhere.
  static func tape(_ workers: Workers) -> Tape {
    Tape(.training, workers: workers, engine: .plain, movesStatistics: false)
  }

  func batch(_ pixels: [Float]) -> Tensor {
    Tensor(pixels, shape: Shape(1, input[0], input[1], input[2]))
  }

  /// The gradient of a class's logit with respect to the input.
  private func gradient(_ pixels: [Float], _ label: Int) -> [Float] {
    let tape = Self.tape(workers)
    let x = tape.input(batch(pixels), needsGradient: true)
    let logits = network(x)
    tape.backward(from: logits, gradient: Self.one(label, of: logits.shape))
    // An answer that does not depend on the input has no gradient.
    return x.gradient?.values ?? [Float](repeating: 0, count: pixels.count)
  }

  private func smoothGradient(
    _ pixels: [Float], _ label: Int, copies: Int, noise: Float, seed: UInt64
  ) -> [Float] {
    let deviation = Double(noise * ((pixels.max() ?? 0) - (pixels.min() ?? 0)))
    var random = RandomNumbers(seed: seed)
    var sum = [Float](repeating: 0, count: pixels.count)
    for _ in 0..<copies {
      let slopes = gradient(pixels.map { $0 + Float(random.normals(deviation: deviation).0) }, label)
      for i in sum.indices { sum[i] += slopes[i] }
    }
    return sum
  }

  /// The gradient of one class's logit with respect to all logits.
  static func one(_ label: Int, of shape: Shape) -> Tensor {
    let ones = Tensor(zeros: shape)
    ones[label] = 1
    return ones
  }

  /// The largest of the channels' magnitudes at each pixel.
  private static func strongest(_ slopes: [Float], _ input: Shape) -> [Float] {
    let pixels = input[1] * input[2]
    return (0..<pixels).map { i in (0..<input[0]).reduce(0) { max($0, abs(slopes[$1 * pixels + i])) } }
  }
}
