import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport

/// `fer-inspect`: what is in a model file.
enum InspectCommand {
  static let help = """
    Shows what is in a model file: network, weights, labels, preprocessing, where it
    comes from, and how good it is.

      fer-inspect model.ferm                  a page to read
      fer-inspect model.ferm --verify         check every byte, weights included
      fer-inspect new.ferm --diff old.ferm    what has changed from old to new
      fer-inspect model.ferm --card           a model card for the Hugging Face hub

    usage: fer-inspect MODEL [VIEW] [-o FILE]

      --json         everything except the weights, without loss
      --tensors      each tensor, with statistics of its elements; with --json, for
                     programs
      --card         a model card in Markdown, with a model-index
      --dot          the graph for Graphviz
      --svg          the graph as a picture
      --hexdump      the bytes, each field with its meaning
      --digest       the identity of the content, however it is packed
      --verify       check all checksums, weights and the SHA-256, and run the
                     self-tests
      --diff OLD     what differs from another file, however the bytes are packed
      -o FILE        write to a file
      --version, --help

    Only --tensors, --digest, --verify and --diff read the weights.
    If a file needs a newer program, it says what this one lacks, and without a VIEW
    lists what can be listed.
    Exit status: 0 all well, 1 --diff found differences, 2 usage, 3 bad file.
    """

  private static let views = [
    "--json", "--tensors", "--card", "--dot", "--svg", "--hexdump", "--digest", "--verify",
  ]

  static func run(_ words: [FilePath]) -> Int32 {
    do {
      let arguments = try Arguments(words, valued: ["--diff", "--output"], flags: views)
      if arguments.has("--help") {
        print(help)
        return ExitStatus.success
      }
      if arguments.has("--version") {
        print("fer-inspect \(toolVersion)")
        return ExitStatus.success
      }
      guard arguments.paths.count == 1 else { throw UsageError("One model file is needed.") }
      return try show(arguments.paths[0], arguments)
    } catch let error as UsageError {
      narrate("fer-inspect: \(error.message) Try fer-inspect --help.")
      return ExitStatus.usage
    } catch let error as BadFile {
      return refuse(error)
    } catch let error as FileError {
      narrate("fer-inspect: \(error.message)")
      return error.kind == .usage ? ExitStatus.usage : ExitStatus.badInput
    } catch {
      narrate("fer-inspect: \(error)")
      return ExitStatus.badInput
    }
  }

  private static func show(_ path: FilePath, _ arguments: Arguments) throws -> Int32 {
    let chosen = views.filter { arguments.has($0) } + (arguments.string("--diff") == nil ? [] : ["--diff"])
    guard chosen.count <= 1 || chosen == ["--json", "--tensors"] else {
      throw UsageError("\(chosen.joined(separator: " and ")) do not go together.")
    }
    let file: ModelFile
    do { file = try opened(path) } catch let error as BadFile
      where error.reason.code == .unsupported && chosen.isEmpty
    {
      let status = refuse(error)
      try list(path, to: arguments.path("--output"))
      return status
    }
    let inputs = [path, arguments.path("--diff")].compactMap { $0 }
    let destination = arguments.path("--output")
    if let other = arguments.path("--diff") {
      let old = try opened(other)
      let lines = try blaming(path) { () throws(FormatError) in try differences(old, file) }
      let output = try Output(path: destination, unlike: inputs)
      for line in lines { try output.line(line) }
      try output.finish()
      return lines.isEmpty ? ExitStatus.success : ExitStatus.someFailed
    }
    if arguments.has("--hexdump") {
      let output = try Output(path: destination, unlike: inputs)
      try blaming(path) { try writeHexdump(of: file, to: output) }
      return ExitStatus.success
    }
    let text = try blaming(path) { () throws(FormatError) in try view(chosen, of: file, path: path) }
    let output = try Output(path: destination, unlike: inputs)
    try output.line(text)
    try output.finish()
    return ExitStatus.success
  }

  private static func view(
    _ chosen: [String], of file: ModelFile, path: FilePath
  ) throws(FormatError) -> String {
    switch chosen {
    case ["--json"]: return jsonDump(of: file).rendered(pretty: true)
    case ["--json", "--tensors"]: return try tensorDump(of: file).rendered(pretty: true)
    case ["--tensors"]: return try tensorTable(of: file)
    case ["--card"]: return modelCard(of: file, path: path)
    case ["--dot"]: return dotDrawing(of: file)
    case ["--svg"]: return svgDrawing(of: file)
    case ["--digest"]: return hex(try file.contentDigest())
    case ["--verify"]:
      try file.verify()
      try runSelfTests(of: file)
      let tests = file.selfTests.isEmpty ? "no self-test" : "self-tests passed \(file.selfTests.count)"
      return
        "\(path.printable): intact (all checksums, all weights, \(tests), SHA-256 \(hex(file.statedDigest)))"
    default: return readablePage(of: file, path: path)
    }
  }

  /// Runs the self-tests, if there are any; a file that asks for too much is none the worse for it.
  private static func runSelfTests(of file: ModelFile) throws(FormatError) {
    guard !file.selfTests.isEmpty else { return }
    do throws(FormatError) { try Plan(file).check(file.selfTests) } catch {
      guard error.code == .work || error.code == .memory else { throw error }
      let tests = file.selfTests.count == 1 ? "self-test was" : "\(file.selfTests.count) self-tests were"
      throw FormatError(error.code, "The bytes are intact, but the \(tests) not run: \(error.message)")
    }
  }

  // MARK: - Errors

  /// A file that was refused, and why.
  private struct BadFile: Error {
    let path: FilePath
    let reason: FormatError
  }

  private static func refuse(_ error: BadFile) -> Int32 {
    narrate("fer-inspect: \(error.path.printable): \(error.reason.description)")
    return ExitStatus.badInput
  }

  /// Shows what can be told of a file that was refused as it needs a newer program.
  private static func list(_ path: FilePath, to destination: FilePath?) throws {
    guard let listing = try? FileListing(cPath: path.systemName ?? [0]) else { return }
    let output = try Output(path: destination, unlike: [path])
    try output.line(readableListing(of: listing))
    try output.finish()
  }

  private static func opened(_ path: FilePath) throws -> ModelFile {
    try blaming(path) { () throws(FormatError) in try ModelFile(cPath: path.systemName ?? [0]) }
  }

  private static func blaming<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as FormatError { throw BadFile(path: path, reason: error) }
  }
}
