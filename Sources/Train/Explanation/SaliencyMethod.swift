/// How a map of what a network looks at is made.
public enum SaliencyMethod: Equatable, Sendable {
  /// The gradient of the class's logit with respect to each pixel (Simonyan, Vedaldi and Zisserman, 2013).
  case gradient
  /// The mean of such gradients for noisy copies of a face (Smilkov et al., 2017).
  ///
  /// - Parameters:
  ///   - copies: how many.
  ///   - noise: its standard deviation, in shares of the face's range of values.
  case smoothGradient(copies: Int, noise: Float)
  /// The last maps that keep an eighth of the input's sides, weighted by the class's mean gradient of each and added
  /// (Grad-CAM: Selvaraju et al., 2017).
  case gradCAM

  /// All of them, as they are usually set.
  public static let all: [SaliencyMethod] = [
    .gradient, .smoothGradient(copies: 32, noise: 0.15), .gradCAM,
  ]

  /// The name in command lines.
  public var name: String {
    switch self {
    case .gradient: "gradient"
    case .smoothGradient: "smooth-grad"
    case .gradCAM: "grad-cam"
    }
  }
}
