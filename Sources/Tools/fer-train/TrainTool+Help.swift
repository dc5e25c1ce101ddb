import FermToolSupport
import FermTrain

extension TrainTool {
  /// The subcommands, and what each prints for `--help`.
  static let commands: [(name: String, help: String)] = [
    ("eval", EvalCommand.help), ("calibrate", CalibrateCommand.help), ("import", ImportCommand.help),
    ("export", ExportCommand.help),
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

  private static func names(_ names: [String]) -> String { names.joined(separator: ", ") }

  /// What `--help` prints.
  static let help = """
    Trains facial-emotion networks and writes them as .ferm files.

      fer-train --data fer2013/ --out runs/first      class folders, or the CSV file
      fer-train --resume --out runs/first             go on with it, bit for bit
      fer-train --data mine/ --init runs/first/best.ferm --freeze 'conv*,bn*' \\
                --out runs/mine                       from weights that exist
      fer-train eval runs/first/best.ferm --data fer2013/ --tta ten
      fer-train export runs/first/best.ferm -o small.ferm --weights int8
      fer-train network=vgg name=my_vgg bs=64 lr=0.01     the reference's spelling

    usage: fer-train --data DIR|CSV --out RUN [options]
           fer-train help [eval|calibrate|import|export]

    In brackets: what holds where an option is not given, in both presets or in
    the default one; "reference:" is what the other one has. P is a probability
    from 0, never, to 1, always.

      --data DIR|CSV     the faces (datasets/fer2013/fer2013.csv, datasets/fer2013)
      --out RUN          the folder of the run
      --preset NAME      default, reference: a short modern run, or what arXiv
                         2105.03588 does; docs/recipes.md has both (default)
      --network NAME     \(names(NetworkKind.all.map { $0.name })) (vgg-s; reference: vgg)
      --width X          a factor on all widths of vgg-s (1)
      --dropout X        the share of features that the head drops (0.2)
      --val DIR|CSV|X    what chooses the best epoch: other faces, a split of the
                         data (public, val, test, private), a share X of each
                         class of the training faces, or none (the first of
                         public, val, test that is there, else 0.1)
      --epochs N         passes over the faces (80; reference: 300)
      --max-hours H      as many epochs as H hours hold, in place of --epochs
      --batch N          faces in a step (64)
      --seed N           fixes every bit of the result (0)
      --limit N          train on N faces only (all)
      --threads N        (all processors)
      --skip-bad         leave out faces that cannot be used; status is then 1
      --drop-duplicates  train without faces that validation has too
      --init FILE        begin with the weights of a .ferm, .pt or .safetensors
                         file; other classes get a new last layer
      --teacher MODEL    distil a trained .ferm model: its probabilities for a face
                         become soft targets beside the label
      --teacher-share X  their share (0.6)
      --freeze PATTERNS  keep what matches as it is: 'conv1*,bn1*'
      --resume           go on where RUN stands; with --epochs N to another length,
                         where nothing so far would have been different with it
      --from-epoch N     with --resume: go on from epoch N, which --save-every kept
      --save-every N     keep epoch_N.ferm every N epochs (never)
      --overwrite        replace an earlier run in RUN
      --quiet            say only what goes wrong

     optimiser
      --optimizer NAME   \(names(Array(OptimiserKind.all.map { $0.name }.prefix(6)))),
                         \(names(Array(OptimiserKind.all.map { $0.name }.dropFirst(6)))) (nesterov)
      --lr X             the largest rate (nesterov 0.05; sgd, asgd 0.02; adam,
                         amsgrad, adamw 0.001; adagrad 0.01; adadelta 1;
                         reference: 0.01)
      --momentum X       of nesterov and sgd (0.9)
      --weight-decay X   (0.001; reference: 0.0001)
      --decay-on NAME    all, weights: whether biases and norms decay too
                         (weights; reference: all)
      --clip X           the largest norm of the gradient (0, no limit)
      --ema X            decay of the weights' average (0.999; reference: 0, none)
     schedule
      --schedule NAME    \(names(ScheduleKind.all.map { $0.name }))
                         (cosine; reference: plateau)
      --warmup E         epochs of rising before it (2; reference: 0)
      --min-lr X         the least rate of cosine, restarts, plateau, step (0)
      --period E         epochs of a fall or round: step (20), restarts (10),
                         cosine (the whole run)
      --factor X         what plateau (0.75) and step (0.5) multiply the rate by
      --patience N       epochs without a better one that plateau waits (5)
      --early-stop N     end when N epochs bring nothing better (0, never)
      --final-epochs N   then N epochs from the best weights (0; reference: 50)
      --final-lr X       their largest rate (0.0001)
      --final-schedule NAME  any of these (cosine)
      --final-on NAME    training, all: whether validation faces train in them
                         (training)
     regularisation
      --label-smoothing X  share of a label spread over all (0.1; reference: 0)
      --mixup P:ALPHA    mix the faces of a step, with probability P (0:0.2)
      --class-weights NAME  none, balanced: whether rare classes count more (none)
      --calm-epochs N    the last N without mixup and blanks, at most a quarter of
                         the run (8; reference: 0)
      --sizes S@X,...    sides of the crops, each to a share X of the run
                         (32@0.35,40@0.75,44; reference: 40)
     augmentation (RUN/augmented.png shows it)
      --scale A:B        the kept part's share of the area (0.8:1;
                         reference: 0.8:1.2)
      --ratio A:B        its width over height (0.9:1.11; reference: 0.75:1.333)
      --shift P:X        shift by up to a share X of the side, with probability P
                         (0.5:0.08; reference: 0.5:0.2)
      --flip NAME        never, random, alternating: mirror images
                         (alternating; reference: random)
      --rotate P:DEGREES  up to so many, with probability P (0.5:10)
      --light P:X        brightness and contrast by up to a share X, with
                         probability P (0.3:0.25; reference: 0:0)
      --erase P:A:B      blank a rectangle of A to B of the area, with probability P
                         (0.2:0.02:0.25; reference: 0.5:0.02:0.33)
      --erase-ratio A:B  its width over height (0.3:3.3)
      --blank NAME       black, mean: its colour (mean; reference: black)
      --surroundings NAME  shown, black: what lies beyond the kept part
                         (shown; reference: black)
      --crops NAME       random, ten: one crop a face or ten
                         (random; reference: ten)
      --tta NAME         none, flip, ten: views of a face in validation
                         (none; reference: ten)

    usage: fer-train eval MODEL --data DIR|CSV [--tta none|flip|ten] [--json]
             [--split public|private|train|val|test|all] [--svg FILE] [-o MODEL]
             [--skip-bad] [--drop-duplicates] [--threads N] [--limit N]
    usage: fer-train calibrate MODEL --data DIR|CSV -o MODEL [--split NAME]
             [--skip-bad] [--threads N] [--limit N]
    usage: fer-train import FILE.pt|FILE.safetensors -o MODEL [--network NAME]
             [--width X] [--labels A,B,...]
    usage: fer-train export MODEL -o FILE [--weights fp32|fp16|bf16|int8]
             [--stored] [--to ferm|safetensors] [--license SPDX] [--card FILE.md]

    Each subcommand explains its options: fer-train eval --help.

    RUN gets args.json, results.csv, log.txt, last.ferm (with what --resume needs),
    best.ferm (by validation accuracy), curves.svg, confusion.svg and
    augmented.png. SIGTERM, SIGHUP and Ctrl-C write last.ferm and end the run with
    status 0; another, two seconds later, ends it at once. A folder in which a run
    is under way is refused to others.
    Exit status: 0 all well, 1 some faces were left out, 2 usage, 3 bad model or
    data.
    """
}
