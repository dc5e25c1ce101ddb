import FermFormat
import Foundation
import TestSupport

@testable import FermTrain

/// What timm's networks compute with weights that a hash of their names and places makes (Tests/Golden/networks.py).
enum GoldenNetworks {
  struct Network: Decodable {
    let parameters: Int
    let tensors: Int
    let logits: [String: [Float]]
    /// By torchvision's names of layers, timm's.
    let torchvision: [String: String]?
  }

  static let all: Result<[String: Network], any Error> = Result {
    let path = "\(Support.root)/Tests/Golden/networks.json"
    return try JSONDecoder().decode(
      [String: Network].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Numbers from -1 to 1 by a name and places, as the generator has them.
  static func numbers(_ name: String, _ count: Int) -> [Double] {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return (0..<count).map {
      Double(RandomNumbers.mix(state &+ UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> 40) * 0x1p-23 - 1
    }
  }

  static func fill(_ network: any FermTrain.Network) {
    for parameter in network.parameters {
      let (name, shape) = (parameter.name, parameter.value.shape)
      let bound = (3 / Double(shape.dimensions.dropFirst().reduce(1, *))).squareRoot()
      let drawn = numbers(name, shape.count).map { u in
        if name.hasSuffix("running_var") { return 1 + 0.25 * u }
        if shape.rank > 1 { return u * bound }
        return name.hasSuffix("weight") ? 1.5 + 0.25 * u : 0.25 * u
      }
      parameter.value.update(from: drawn.map { Float($0) })
    }
  }
}
