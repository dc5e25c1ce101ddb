import FermFormat
import FermImage
import FermToolSupport
import FermTrain

/// `fer-train`: training and what belongs to it, one subcommand a file.
enum TrainTool {
  static let help = """
    Trains facial-emotion networks and writes them as .ferm files.

      fer-train --data fer2013/ --out runs/first                       train on class folders
      fer-train eval runs/first/best.ferm --data fer2013/              how good is it?
      fer-train import vgg.pt -o vgg.ferm                              take over PyTorch weights
      fer-train export runs/first/best.ferm -o small.ferm --weights fp16

    usage: fer-train --data DIR --out RUN [options]
      --network NAME     \(NetworkKind.all.map { $0.name }.joined(separator: ", ")) (default vgg-s)
      --width X          a factor on all widths of vgg-s (default 1)
      --val DIR|FRACTION validation faces: another folder, or a share of the training faces; by default the folder's
                         PublicTest or val/ faces, if it has any
      --epochs N         (default 30)     --batch N      (default 64)
      --lr X             (default 0.02)   --weight-decay X (default 0.0001)
      --optimizer NAME   \(OptimiserKind.all.map { $0.name }.joined(separator: ", ")) (default nesterov)
      --schedule NAME    \(ScheduleKind.all.map { $0.name }.joined(separator: ", ")) (default cosine)
      --seed N           fixes every bit of the result, for any number of threads (default 0)
      --threads N        default: all processors
      --limit N          train on N faces only
      --overwrite        replace an earlier run in RUN
      --quiet

    usage: fer-train eval MODEL --data DIR [--split public|private|train|val|test|all] [--json] [--threads N] [--limit N]
    usage: fer-train import FILE.pt|FILE.safetensors -o MODEL [--network vgg] [--width X] [--labels a,b,...]
    usage: fer-train export MODEL -o FILE [--weights fp32|fp16|bf16|int8] [--stored] [--to ferm|safetensors]

    RUN gets args.json, results.csv, last.ferm and best.ferm (by validation accuracy).
    Exit status: 0 all well, 2 usage, 3 bad model or data.
    """

  static func run(_ words: [String]) -> Int32 {
    do {
      switch words.first {
      case "eval": return try EvalCommand.run(Array(words.dropFirst()))
      case "import": return try ImportCommand.run(Array(words.dropFirst()))
      case "export": return try ExportCommand.run(Array(words.dropFirst()))
      default: return try FitCommand.run(words)
      }
    } catch let error as UsageError {
      narrate("fer-train: \(error.message) Try fer-train --help.")
      return ExitStatus.usage
    } catch let error as TrainError {
      narrate("fer-train: \(error.description)")
      if case .setting = error { return ExitStatus.usage }
      return ExitStatus.badInput
    } catch let error as OutputError {
      narrate("fer-train: \(error.message)")
      return ExitStatus.badInput
    } catch {
      narrate("fer-train: \(error)")
      return ExitStatus.badInput
    }
  }

  /// Answers `--help` and `--version`.
  static func answered(_ arguments: Arguments) -> Bool {
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

  func decode(path: String) throws(FaceDecodingError) -> DecodedFace {
    do throws(ImageError) {
      let image = try decoder.decode(path: path)
      return DecodedFace(
        pixels: image.pixels, width: image.width, height: image.height, channels: image.channels)
    } catch { throw FaceDecodingError(error.description) }
  }
}
