/// The parts of a data set: faces that train, faces that choose, faces that judge.
public enum FaceSplit: String, CaseIterable, Sendable {
  case train
  /// FER2013's PublicTest.
  case `public`
  /// FER2013's PrivateTest.
  case `private`
  case val
  case test

  private static let names: [String: FaceSplit] = [
    "train": .train, "training": .train, "public": .public, "publictest": .public, "private": .private,
    "privatetest": .private, "val": .val, "valid": .val, "validation": .val, "dev": .val, "test": .test,
    "testing": .test,
  ]

  /// The split that a folder or an option means: `Train`, `valid`, `PublicTest`; nil for another name.
  public init?(named text: some StringProtocol) {
    guard let split = Self.names[text.lowercased().filter { !"-_ ".contains($0) }] else { return nil }
    self = split
  }

  /// The split that the name of a file says: FER2013's images lie together and begin with `PublicTest_` or `PrivateTest_`.
  init?(ofFile name: some Sequence<UInt8>) {
    if name.starts(with: "PublicTest_".utf8) {
      self = .public
    } else if name.starts(with: "PrivateTest_".utf8) {
      self = .private
    } else {
      return nil
    }
  }
}
