/// Why training, evaluation or an import stopped, in one sentence that names the file or value.
public enum TrainError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The data set is missing, empty or contradicts itself.
  case data(String)
  /// A setting is out of range or unknown.
  case setting(String)
  /// A checkpoint of another program cannot be read or does not fit the network.
  case checkpoint(String)
  /// The loss stopped being a number.
  case diverged(String)
  /// The model could not be made, read or written.
  case model(String)
  /// Another of the processes that train together is gone, or no longer answers.
  case processLost(String)

  /// The sentence.
  public var description: String {
    switch self {
    case .data(let text), .setting(let text), .checkpoint(let text), .diverged(let text), .model(let text),
      .processLost(let text):
      text
    }
  }
}
