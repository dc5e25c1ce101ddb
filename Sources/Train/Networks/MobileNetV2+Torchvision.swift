extension MobileNetV2 {
  /// By torchvision's names for the layers of its `mobilenet_v2`, timm's.
  public var otherNames: [String: String] {
    var names = [
      "features.0.0": "conv_stem", "features.0.1": "bn1", "features.18.0": "conv_head",
      "features.18.1": "bn2", "classifier.1": "classifier",
    ]
    var place = 1
    for (number, stage) in Self.stages.enumerated() {
      for block in 0..<stage.repeats {
        let layers =
          stage.expansion == 1
          ? ["0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2"]
          : [
            "0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2": "conv_pwl", "3": "bn3",
          ]
        for (theirs, own) in layers {
          names["features.\(place).conv.\(theirs)"] = "blocks.\(number).\(block).\(own)"
        }
        place += 1
      }
    }
    return names
  }
}
