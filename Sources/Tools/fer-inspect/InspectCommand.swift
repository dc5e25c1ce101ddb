import FermFormat
import FermToolSupport

/// `fer-inspect`: what is in a model file.
enum InspectCommand {
  static let help = """
    Shows what is in a model file: network, weights, labels, preprocessing, where it comes from and how good it is.

      fer-inspect model.ferm            a page to read
      fer-inspect model.ferm --json     everything but the weights, for programs
      fer-inspect model.ferm --verify   check every byte, weights included

    usage: fer-inspect MODEL [--json|--verify] [--version] [--help]

    Only --verify reads the weights. Exit status: 0 all well, 2 usage, 3 bad file.
    """

  static func run(_ words: [String]) -> Int32 {
    do {
      let arguments = try Arguments(words, valued: [], flags: ["--json", "--verify"])
      if arguments.has("--help") {
        print(help)
        return ExitStatus.success
      }
      if arguments.has("--version") {
        print("fer-inspect \(toolVersion)")
        return ExitStatus.success
      }
      guard arguments.positional.count == 1 else { throw UsageError("One model file is needed.") }
      let path = arguments.positional[0]
      do throws(FormatError) {
        let file = try ModelFile(path: path)
        if arguments.has("--verify") {
          try file.verify()
          print("\(path): intact (all checksums, all weights, SHA-256 \(hex(file.statedDigest)))")
        } else if arguments.has("--json") {
          print(jsonDump(of: file).rendered(pretty: true))
        } else {
          print(readablePage(of: file, path: path))
        }
      } catch {
        narrate("fer-inspect: \(path): \(error.description)")
        return ExitStatus.badInput
      }
      return ExitStatus.success
    } catch let error as UsageError {
      narrate("fer-inspect: \(error.message) Try fer-inspect --help.")
      return ExitStatus.usage
    } catch {
      narrate("fer-inspect: \(error)")
      return ExitStatus.badInput
    }
  }
}

/// Bytes as lower-case hexadecimal digits.
func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
