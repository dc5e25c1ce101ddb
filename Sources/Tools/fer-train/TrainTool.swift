import FermFiles
import FermFormat
import FermImage
import FermToolSupport
import FermTrain
import Glibc

/// `fer-train`: training and what belongs to it, one subcommand a file.
enum TrainTool {
  static func run(_ given: () throws(UsageError) -> [String]) -> Int32 {
    // A reader that has gone and a file that may not grow are answers of write(2), not the end.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var hint = ""
    do {
      let words = try given()
      try refuseOthers(beside: words.first)
      hint = commands.first { $0.name == words.first }.map { $0.name + " " } ?? ""
      switch words.first {
      case "eval": return try EvalCommand.run(Array(words.dropFirst()))
      case "calibrate": return try CalibrateCommand.run(Array(words.dropFirst()))
      case "import": return try ImportCommand.run(Array(words.dropFirst()))
      case "export": return try ExportCommand.run(Array(words.dropFirst()))
      case "explain": return try ExplainCommand.run(Array(words.dropFirst()))
      case "report": return try ReportCommand.run(Array(words.dropFirst()))
      case "sweep": return try SweepCommand.run(Array(words.dropFirst()))
      case "compare": return try CompareCommand.run(Array(words.dropFirst()))
      case "lr-find": return try LrFindCommand.run(Array(words.dropFirst()))
      case "help": return try help(on: Array(words.dropFirst()))
      default: return try FitCommand.run(words)
      }
    } catch {
      let (sentence, status) = verdict(on: error)
      // Processes that train together fail together, but for those that are left by another.
      guard Launcher.isFirst || isLoss(error) else { return status }
      say(error is UsageError ? "\(sentence) Try fer-train \(hint)--help." : sentence)
      return status
    }
  }

  /// What went wrong in a sentence, and what the program ends with.
  static func verdict(on error: any Error) -> (sentence: String, status: Int32) {
    switch error {
    case let error as UsageError: return (error.message, ExitStatus.usage)
    case let error as TrainError:
      if case .setting = error { return (error.description, ExitStatus.usage) }
      if isLoss(error) { return (error.description, ExitStatus.someFailed) }
      return (error.description, ExitStatus.badInput)
    case let error as FileError:
      return (error.message, error.kind == .usage ? ExitStatus.usage : ExitStatus.badInput)
    default: return ("\(error)", ExitStatus.badInput)
    }
  }

  private static func isLoss(_ error: any Error) -> Bool {
    if case .processLost? = error as? TrainError { return true }
    return false
  }

  /// A launcher starts processes that train together; everything else is the work of one.
  private static func refuseOthers(beside word: String?) throws(UsageError) {
    guard Launcher.hasOthers, let word, commands.contains(where: { $0.name == word }) else { return }
    throw UsageError(
      "\(word) runs in one process, and the launcher has started \(Launcher.current?.count ?? 1); start it without a launcher."
    )
  }

  /// What went wrong, on one line whatever names are in it.
  private static func say(_ sentence: String) {
    let line = "fer-train: \(sentence)".printable
    RunLog.add(line)
    FermToolSupport.narrate(line)
  }

  /// Answers `--help` and `--version`.
  static func answered(_ arguments: Arguments, _ help: String = help) -> Bool {
    if arguments.has("--help") { print(help) }
    if arguments.has("--version") { print("fer-train \(toolVersion)") }
    return arguments.has("--help") || arguments.has("--version")
  }

  /// Runs `body`, and names the file in what goes wrong.
  static func naming<T>(_ path: String, _ body: () throws(FormatError) -> T) throws(TrainError) -> T {
    do throws(FormatError) { return try body() } catch { throw .model("\(path): \(error.description)") }
  }
}

/// Hands the trainer its pixels.
struct FileDecoder: FaceDecoder {
  private let decoder = ImageDecoder()
  /// Names that say: an image. What is none by its content, or of another format, is then an error, not passed over.
  private static let endings = Set(
    [
      "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "pbm", "pgm", "ppm", "pnm", "gif", "tif",
      "tiff", "heic", "heif", "avif", "jp2",
    ].map { Array(".\($0)".utf8) })

  func isImage(_ path: FilePath) -> Bool {
    let ending = path.bytes.lastIndex(of: UInt8(ascii: ".")).map { Array(path.bytes[$0...]) } ?? []
    let small = ending.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    return Self.endings.contains(small) || decoder.recognises(path: path.bytes)
  }

  func decode(_ path: FilePath) throws(FaceDecodingError) -> DecodedFace {
    do throws(ImageError) {
      let image = try decoder.decode(path: path.bytes)
      return DecodedFace(
        pixels: image.pixels, width: image.width, height: image.height, channels: image.channels)
    } catch { throw FaceDecodingError(error.description) }
  }
}
