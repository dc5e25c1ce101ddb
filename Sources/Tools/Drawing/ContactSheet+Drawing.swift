internal import FermImage

extension ContactSheet {
  private static let paper = Colour.white
  private static let ink = Colour(red: 34, green: 34, blue: 34)
  private static let faintInk = Colour(red: 102, green: 102, blue: 102)

  /// Draws one strip of the sheet.
  func draw(_ strip: SheetLayout.Strip, _ layout: SheetLayout, on canvas: Canvas) {
    let (width, height) = (Double(canvas.width), Double(canvas.height))
    canvas.fill(Rectangle(x: 0, y: 0, width: width, height: height), Self.paper)
    let room = width - 2 * Double(SheetLayout.margin)
    switch strip.content {
    case .margin: break
    case .title:
      let shown = layout.shown
      let words =
        Self.faces(count) + (shown < count ? ", \(Self.grouped(shown)) shown: the surest of each label" : "")
      canvas.write(
        words, Lettering(size: layout.letters * 0.8),
        in: Rectangle(x: Double(SheetLayout.margin), y: 0, width: room, height: height), Self.faintInk)
    case .heading(let group): heading(groups[group], shown: layout.counts[group], layout, on: canvas)
    case .faces(let group, let range):
      for (column, i) in range.enumerated() {
        cell(groups[group].faces[i], x: SheetLayout.margin + column * SheetLayout.pitch, on: canvas)
      }
    }
  }

  /// The label beside its colour, and how many there are.
  private func heading(_ group: Group, shown: Int, _ layout: SheetLayout, on canvas: Canvas) {
    let (margin, size) = (Double(SheetLayout.margin), layout.letters)
    let (top, height) = (Double(canvas.height) - 1.6 * size, 1.4 * size)
    canvas.fill(
      Rectangle(x: margin, y: top.rounded(), width: (size * 0.4).rounded(), height: height.rounded()),
      .label(group.place))
    let bold = Lettering(size: size, isBold: true)
    let left = margin + (size * 0.8).rounded()
    let most = Double(canvas.width) - margin - left
    var words = Self.faces(group.count)
    if shown < group.count { words += ", \(Self.grouped(shown)) shown" }
    let plain = Lettering(size: size * 0.8)
    let wordsWidth = canvas.size(of: words, plain).width
    let labelWidth = min(canvas.size(of: group.label, bold).width, max(most / 3, most - wordsWidth - size))
    canvas.write(
      group.label, bold, in: Rectangle(x: left, y: top, width: labelWidth, height: height), Self.ink)
    let after = left + labelWidth + size * 0.6
    let place = Rectangle(
      x: after, y: top, width: max(1, Double(canvas.width) - margin - after), height: height)
    canvas.write(words, plain, in: place, Self.faintInk)
  }

  private func cell(_ face: Face, x: Int, on canvas: Canvas) {
    canvas.put(
      face.picture.pixels, channels: face.picture.channels, width: Self.side, height: Self.side, x: x, y: 0)
    let (left, width) = (Double(x), Double(Self.side))
    canvas.write(
      AnnotatedFace.percent(face.score), Lettering(size: 12, isBold: true),
      in: Rectangle(x: left, y: Double(Self.side) + 2, width: width, height: 16), Self.ink)
    canvas.write(
      face.name, Lettering(size: 10, cut: .middle),
      in: Rectangle(x: left, y: Double(Self.side) + 18, width: width, height: 14), Self.faintInk)
  }

  private static func faces(_ count: Int) -> String { "\(grouped(count)) face\(count == 1 ? "" : "s")" }

  /// 12,345
  private static func grouped(_ number: Int) -> String {
    let digits = Array("\(number)")
    return digits.indices.reduce(into: "") { text, i in
      if i > 0, (digits.count - i) % 3 == 0 { text += "," }
      text.append(digits[i])
    }
  }
}
