/// The probabilities of each face over time, in bins of so many frames that memory stays bounded however long a stream is: when
/// there are too many bins, two become one.
struct StripBins {
  /// What was seen of a face within a bin.
  struct Bin {
    var sums: [Float]
    var count: Int

    /// The mean of each class; none where the face was not seen.
    var means: [Float] { sums.map { $0 / Float(count) } }
  }

  /// The bins of a face, from the first in which it was seen.
  struct Face {
    let id: Int
    var first: Int
    var bins: [Bin?]
    /// In how many frames it was seen.
    var looks = 0
  }

  /// So many bins are twice as many as are left when two become one.
  private let most: Int
  /// So many faces are kept, those that were seen longest, and those that are there.
  private let mostFaces: Int
  /// Frames of a bin.
  private(set) var width: Int
  /// By number.
  private(set) var faces: [Int: Face] = [:]
  /// Faces that were let go.
  private(set) var dropped = 0
  /// Frames so far.
  private(set) var frames = 0

  /// - Parameter width: frames of a bin to begin with.
  init(width: Int, most: Int = 480, mostFaces: Int = 64) {
    (self.width, self.most, self.mostFaces) = (width, most, mostFaces)
  }

  /// Adds what is said of a face in a frame, counted from 0.
  mutating func add(_ values: [Float], of id: Int, at frame: Int) {
    reach(frame)
    let place = frame / width
    var face = faces.removeValue(forKey: id) ?? Face(id: id, first: place, bins: [])
    face.looks += 1
    while face.first + face.bins.count <= place { face.bins.append(nil) }
    Self.add(Bin(sums: values, count: 1), to: &face.bins[place - face.first])
    faces[id] = face
  }

  /// Goes on to a frame.
  ///
  /// - Parameter present: the faces that may be seen again.
  mutating func advance(to frame: Int, present: [Int]) {
    reach(frame)
    guard faces.count > mostFaces else { return }
    let gone = faces.values.filter { !present.contains($0.id) }
    guard let least = gone.min(by: { ($0.looks, $0.id) < ($1.looks, $1.id) }) else { return }
    faces[least.id] = nil
    dropped += 1
  }

  private mutating func reach(_ frame: Int) {
    frames = max(frames, frame + 1)
    while frame / width >= most {
      width *= 2
      for (id, face) in faces { faces[id] = Self.halved(face) }
    }
  }

  private static func halved(_ face: Face) -> Face {
    var half = Face(id: face.id, first: face.first / 2, bins: [], looks: face.looks)
    for (place, bin) in face.bins.enumerated() {
      let to = (face.first + place) / 2 - half.first
      if to == half.bins.count { half.bins.append(nil) }
      if let bin { add(bin, to: &half.bins[to]) }
    }
    return half
  }

  private static func add(_ new: Bin, to bin: inout Bin?) {
    guard var sum = bin else {
      bin = new
      return
    }
    sum.count += new.count
    for place in sum.sums.indices { sum.sums[place] += new.sums[place] }
    bin = sum
  }
}
