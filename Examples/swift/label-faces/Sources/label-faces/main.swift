// Says what the faces in photos express:
//
//   swift run -c release --package-path Examples/swift/label-faces label-faces models/default.ferm models/face.ferm Examples/photos/*.jpg

import Glibc

/// Ends the program with a sentence on standard error.
func fail(_ sentence: String, status: Int32) -> Never {
  let line = sentence + "\n"
  _ = write(2, line, line.utf8.count)
  exit(status)
}

let words = CommandLine.arguments
guard words.count > 3 else {
  fail("usage: label-faces MODEL.ferm DETECTOR.ferm PHOTO...", status: 2)
}
do {
  let labeller = try FaceLabeller(model: words[1], detector: words[2])
  for path in words[3...] {
    let faces = try labeller.faces(inPhoto: path)
    if faces.isEmpty { print("\(path): no face") }
    for face in faces {
      let (x, y) = (Int(face.box.x), Int(face.box.y))
      print("\(path): \(face.label) \(Int((100 * face.probability).rounded())) % at \(x), \(y)")
    }
  }
} catch {
  fail("\(error)", status: 1)
}
