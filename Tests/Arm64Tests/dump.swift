import FermFormat
import FermToolSupport

/// Prints what `fer-inspect --json` says of the file at `path`, on one line, by the same code (Dump.swift).
@_cdecl("dump") @unsafe func printDump(_ path: UnsafePointer<CChar>) {
  do throws(FormatError) {
    print(jsonDump(of: try unsafe ModelFile(cPath: path)).rendered())
  } catch { print("null") }
}

// What Dump.swift takes of the tool's other files, which need more of Swift's library than Embedded Swift has.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
extension ModelFile {
  var totalMultiplyAdds: Int64 { facts.multiplyAdds.reduce(0, +) }
}
