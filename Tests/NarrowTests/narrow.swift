/// What a program of 32 bits finds of the file at `path`: prints `sound`, or the fault's code and place.
@_cdecl("narrow_verdict") @unsafe func verdict(_ path: UnsafePointer<CChar>) {
  do throws(FormatError) {
    try unsafe ModelFile(cPath: path).verify()
    print("sound")
  } catch { print("\(error.code.name) \(error.offset.map { "\($0)" } ?? "none")") }
}

/// Tries the limits at their bounds: prints each case that is not as it should be, and how many there are.
@_cdecl("narrow_limits") func limits() {
  for (name, fault, found) in LimitCases.all where found() != fault { print(name) }
  print(LimitCases.all.count)
}
