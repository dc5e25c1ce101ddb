/// The colour of a label in drawings, as SVG and HTML write it: that of ``Annotator``'s boxes.
///
/// - Parameter place: of the label among the model's.
public func labelColour(_ place: Int) -> String {
  let colour = Colour.label(place)
  return "#"
    + [colour.red, colour.green, colour.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
