internal import FermFormat

extension Preprocessing {
  /// What the line `input CHANNELS SIDE [resized=SIDE] [colour=NAME] [fit=NAME] [mean=X,...] [std=X,...]` says.
  init(_ line: SourceLine) throws(DescriptionFault) {
    func fault(_ sentence: String) -> DescriptionFault { DescriptionFault(line.number, sentence) }
    let sides = 1...Limits.imageSide
    guard line.words.count >= 3, let channels = Int(line.words[1]), channels == 1 || channels == 3,
      let side = Int(line.words[2]), sides.contains(side)
    else {
      throw fault(
        "`input` takes 1 or 3 channels and a side of 1 to \(Limits.imageSide) pixels, as in `input 1 44 resized=48`."
      )
    }
    self.init(
      resized: Extent(side), cropped: Extent(side), scale: [Float](repeating: 1 / 255, count: channels),
      offset: [Float](repeating: 0, count: channels))
    var (mean, deviation) = (offset, [Float](repeating: 1, count: channels))
    var seen = Set<Substring>()
    for word in line.words[3...] {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, seen.insert(parts[0]).inserted else {
        throw fault(
          "\(word.quoted) is no option; one is written once and without spaces, as in `resized=48`.")
      }
      let value = String(parts[1])
      func numbers(_ isAllowed: (Float) -> Bool) throws(DescriptionFault) -> [Float] {
        let list = value.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        let numbers = list.compactMap { $0 }.filter(isAllowed)
        guard numbers.count == list.count, list.count == 1 || list.count == channels else {
          throw fault(
            "\(word.quoted) is not understood; it takes one number or one for each channel, divided by commas."
          )
        }
        return numbers.count == channels ? numbers : [Float](repeating: numbers[0], count: channels)
      }
      switch parts[0] {
      case "resized":
        guard let larger = Int(value), (side...Limits.imageSide).contains(larger) else {
          throw fault(
            "faces are resized to \(side) to \(Limits.imageSide) pixels before the crop, not \(value.quoted)."
          )
        }
        resized = Extent(larger)
      case "colour":
        guard value == "grey" || value == "rgb" && channels == 3 else {
          throw fault("the colour is grey, or rgb with 3 channels, not \(value.quoted).")
        }
        colour = value == "rgb" ? .rgb : .grey
      case "fit":
        guard
          let fit = ["stretch", "crop", "pad"].firstIndex(of: value).flatMap({ Fit(rawValue: UInt8($0)) })
        else { throw fault("a fit is crop, pad or stretch, not \(value.quoted).") }
        self.fit = fit
      case "mean": mean = try numbers { (-1000...1000).contains($0) }
      case "std": deviation = try numbers { (0.001...1000).contains($0) }
      default:
        throw fault(
          "`input` has no option \(String(parts[0]).quoted); there are resized, colour, fit, mean and std.")
      }
    }
    for channel in 0..<channels {
      scale[channel] = 1 / 255 / deviation[channel]
      offset[channel] = (0 - mean[channel]) / deviation[channel]
    }
  }
}
