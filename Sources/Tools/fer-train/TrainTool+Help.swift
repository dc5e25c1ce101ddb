import FermToolSupport
import FermTrain

extension TrainTool {
  /// The subcommands, and what each prints for `--help`.
  static let commands: [(name: String, help: String)] = [
    ("eval", EvalCommand.help), ("calibrate", CalibrateCommand.help), ("import", ImportCommand.help),
    ("export", ExportCommand.help), ("explain", ExplainCommand.help), ("report", ReportCommand.help),
    ("sweep", SweepCommand.help),
    ("compare", CompareCommand.help),
    ("lr-find", LrFindCommand.help),
  ]

  /// Answers `help`, and `help eval`.
  static func help(on words: [String]) throws(UsageError) -> Int32 {
    guard let name = words.first else {
      print(help)
      return ExitStatus.success
    }
    guard let command = commands.first(where: { $0.name == name }) else {
      let names = commands.map { $0.name }
      let hint = Arguments.nearest(name, among: names).map { "; did you mean \($0)?" } ?? "."
      throw UsageError("There is help on \(names.joined(separator: ", ")), and none on \(name)\(hint)")
    }
    print(command.help)
    return ExitStatus.success
  }

  /// What `--help` prints.
  static let help = """
    Trains facial-emotion networks and writes them as .ferm files.

      fer-train --data fer2013/ --out runs/first      class folders, or the CSV file
      fer-train --resume --out runs/first             continue it, bit for bit
      fer-train --data mine/ --init runs/first/best.ferm --freeze 'conv*,bn*' \\
                --out runs/mine                       from existing weights
      fer-train eval runs/first/best.ferm --data fer2013/ --tta ten
      fer-train export runs/first/best.ferm -o small.ferm --weights int8
      fer-train explain runs/first/best.ferm face.png --out seen/
      fer-train report runs/first
      fer-train network=vgg name=my_vgg bs=64 lr=0.01     the reference's spelling

    usage: fer-train --data DIR|CSV --out RUN [options]
           fer-train help [eval|calibrate|import|export|explain|report|sweep|
                           compare|lr-find]

    Defaults are in brackets; where the presets differ, the default preset's comes
    first and the other's follows "reference:". P is a probability, from 0 (never)
    to 1 (always).

    \(FitOption.listed)

    usage: fer-train eval MODEL --data DIR|CSV [--tta none|flip|ten] [--json]
             [--split public|private|train|val|test|all] [--svg FILE] [-o MODEL]
             [--skip-bad] [--drop-duplicates] [--threads N] [--limit N]
             [--precision exact|fast] [--map A=B,...] [--leave-out A,...]
             [--merge A+B,...] [--by FILE.csv] [--group FILE.csv]
             [--framings] [--predictions FILE.csv] [--votes FILE]
             [--html FILE [--no-faces]]
    usage: fer-train calibrate MODEL --data DIR|CSV -o MODEL [--split NAME]
             [--tta none|flip|ten,...] [--skip-bad] [--threads N] [--limit N]
             [--group FILE.csv]
             [--votes FILE]
    usage: fer-train import FILE.pt|FILE.safetensors -o MODEL [--network NAME]
             [--width X] [--labels A,B,...]
    usage: fer-train export MODEL -o FILE [--weights fp32|fp16|bf16|int8]
             [--stored] [--to ferm|safetensors] [--license SPDX] [--card FILE.md]
             [--embedding NAME] [--crop DETECTOR:SIDE,RIGHT,DOWN[,level]]
    usage: fer-train explain MODEL [PATH...] --out DIR [--class NAME]
             [--method gradient|smooth-grad|grad-cam] [--threads N]
             [--data DIR|CSV [--split NAME] [--limit N]
             [--group FILE.csv] [--votes FILE]] [--skip-bad]
    usage: fer-train report RUN|SWEEP [-o FILE] [--no-faces] [--data DIR|CSV]
             [--threads N]
    usage: fer-train sweep --grid KEY=V1,V2 [--grid ...] --out SWEEP [--seeds N]
             [--jobs N] [--threads N] [--random K] [--halving] [--config FILE]
             [--resume] [--overwrite] [--quiet] [options of a run]
    usage: fer-train compare RUN...|SWEEP [--out DIR] [--test SPLIT --data DIR|CSV]
             [--last] [--against first|best] [--threads N]
    usage: fer-train lr-find --data DIR|CSV [--steps N] [--from X] [--to X]
             [--out FOLDER] [options of a run]

    Each subcommand explains its options: fer-train eval --help.

    RUN gets args.json, results.csv, log.txt, last.ferm (with what --resume needs),
    best.ferm (by validation accuracy), curves.svg, confusion.svg, augmented.png
    and, at its end, predictions.csv (what best.ferm makes of the validation faces)
    and report.html (all of it on one page). SIGTERM, SIGHUP and Ctrl-C write
    last.ferm and end the run with status 0; another, two seconds later, ends it at
    once. A folder with a run under way is refused to other runs.
    Exit status: 0 all well, 1 some faces were left out, 2 usage, 3 bad model or
    data.
    """
}
