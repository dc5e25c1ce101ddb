import FermToolSupport

extension Search {
  /// What the command line says of photos and faces.
  init(_ arguments: Arguments) throws(UsageError) {
    let hasBoxes = arguments.path("--boxes") != nil
    let (areCrops, arePhotos) = (arguments.has("--crops"), arguments.has("--detect"))
    // What each of them leaves no room for.
    let conflicts = [
      (
        hasBoxes, "--boxes", "names the faces",
        ["--crops", "--detect", "--select", "--min-face", "--min-score", "--margin"]
      ),
      (
        areCrops, "--crops", "takes each picture for a face",
        ["--detect", "--select", "--min-face", "--margin"]
      ),
    ]
    for (isGiven, option, reason, others) in conflicts where isGiven {
      if let other = others.first(where: { arguments.has($0) || arguments.path($0) != nil }) {
        throw UsageError("\(option) \(reason), so \(other) does not go with it.")
      }
    }
    // Frames show more than a face, however small they are.
    let areFrames = arguments.path("--frames") != nil
    pictures = areCrops || hasBoxes ? .crops : arePhotos || areFrames ? .photos : .bySize
    selection = try arguments.choice("--select", of: Selection.self) ?? .all
    smallestFace = try arguments.number("--min-face", in: 8...65_535)
    leastScore = try arguments.number("--min-score", in: 0...1)
    margin = try arguments.number("--margin", in: 0.1...10) ?? 1
  }
}
