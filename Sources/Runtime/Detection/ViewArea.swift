/// Which boxes of a view are believed.
struct ViewArea {
  /// The photo.
  private let photo: FaceBox
  /// What the view shows of the photo, and where it ends inside it.
  private let seen: FaceBox
  private let inner: (left: Bool, top: Bool, right: Bool, bottom: Bool)

  /// What a box must be away from an edge behind which the photo goes on, in sides of the box: a face that is cut has its box
  /// inside all the same.
  static let inset: Float = 0.05
  /// A box may be so many times as long as the photo; longer ones are none.
  private static let longest: Float = 2

  /// - Parameter isWindow: whether another view shows whole what this one cuts.
  init(of view: ViewPlace, photo: (width: Int, height: Int), isWindow: Bool) {
    self.photo = FaceBox(x: 0, y: 0, width: Float(photo.width), height: Float(photo.height))
    seen = view.seen
    inner = (
      isWindow && seen.x > 0.5, isWindow && seen.y > 0.5,
      isWindow && seen.x + seen.width < self.photo.width - 0.5,
      isWindow && seen.y + seen.height < self.photo.height - 0.5
    )
  }

  /// Whether a box is one: of some size, its middle in the photo, and not cut by the view's edge. No number of a box that is
  /// held is NaN or infinite.
  func holds(_ box: FaceBox) -> Bool {
    let most = Self.longest * max(photo.width, photo.height)
    guard box.width > 0, box.height > 0, box.width <= most, box.height <= most else { return false }
    let (centre, inset) = (box.centre, Self.inset * max(box.width, box.height))
    return centre.x >= 0 && centre.x <= photo.width && centre.y >= 0 && centre.y <= photo.height
      && !(inner.left && box.x < seen.x + inset) && !(inner.top && box.y < seen.y + inset)
      && !(inner.right && box.x + box.width > seen.x + seen.width - inset)
      && !(inner.bottom && box.y + box.height > seen.y + seen.height - inset)
  }
}
