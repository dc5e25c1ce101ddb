internal import FermFormat

/// One step of a plan: what it reads, what it writes, and how.
struct PlanStep: Sendable {
  var input: Place
  /// What an operator of several values takes after `input`.
  var others: [Place]
  var output: Place
  let computation: Computation

  init(input: Place, others: [Place] = [], output: Place, computation: Computation) {
    self.input = input
    self.others = others
    self.output = output
    self.computation = computation
  }

  /// How a value is computed.
  enum Computation: Sendable {
    /// By the way that a session chooses.
    case convolution(FusedConvolution)
    /// All images together.
    case linear(FusedLinear)
    /// Each image or plane by itself.
    case map(MapComputation)
  }
}

/// A value while it is in memory: its shape, and where it begins.
struct Place: Equatable, Sendable {
  /// Which value of the compiled network this is.
  var value: Int
  /// `[C, H, W]`; vectors are `[F, 1, 1]`.
  var shape: Shape
  /// Whether it lies as `[C][H][W]`, as the caller's input does, and not in blocks of channels.
  var isPlanar = false
  /// Floats from one image to the next.
  var pitch: Int
  /// In floats for each image of a run: the value begins at `offset * images`.
  var offset = 0
  /// Whether only the images that one thread works on have memory for it; see ``Stage``.
  var isLocal = false

  /// A value of the compiled network, in blocks of `lanes` channels.
  init(value: Int, shape: Shape, lanes: Int) {
    self.value = value
    self.shape = shape
    let floats = (shape[0] + lanes - 1) / lanes * lanes * shape[1] * shape[2]
    // Rows a power of two apart would all fall into the same few lines of the caches.
    pitch = shape[1] * shape[2] == 1 && floats % 1024 == 0 ? floats + 16 : floats
  }

  /// The caller's input.
  init(planar shape: Shape) {
    value = 0
    self.shape = shape
    isPlanar = true
    pitch = shape.count
  }

  /// Pixels of one channel.
  var pixels: Int { shape[1] * shape[2] }
}
