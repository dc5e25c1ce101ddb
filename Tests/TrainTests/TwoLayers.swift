@testable import FermTrain

/// Two fully connected layers with a ReLU between them, to three classes: nothing in it depends on the rest of the batch.
struct TwoLayers: Network {
  let parameters: [Parameter]
  var head: [Parameter] { layers[1].parameters }
  private let layers: [LinearLayer]

  init(inputs: Int, hidden: Int, seed: UInt64) {
    var make = ParameterMaker(seed: seed)
    layers = [
      LinearLayer(&make, "a", from: inputs, to: hidden), LinearLayer(&make, "b", from: hidden, to: 3),
    ]
    parameters = make.parameters
  }

  /// `x: [N, inputs]`
  func callAsFunction(_ x: Variable) -> Variable { layers[1](layers[0](x).relu()) }
}
