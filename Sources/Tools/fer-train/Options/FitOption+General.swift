import FermFormat
import FermToolSupport
import FermTrain

extension FitOption {
  /// Data, network, length, and what a run begins with.
  static let general: [FitOption] = [
    FitOption(
      name: "--data", word: "DIR|CSV", help: "the faces",
      usual: { FitOptions.usualPlaces.joined(separator: ", ") }, isPath: true,
      read: { $1.data = try $0.string("--data") ?? FitOptions.usualData() }),
    FitOption(name: "--out", word: "RUN", help: "the folder of the run", isFree: true),
    FitOption(
      name: "--preset", word: "NAME",
      help:
        "default, reference: a short modern run, or what arXiv 2105.03588 does; docs/recipes.md has both",
      usual: { "default" },
      read: { arguments, options in
        let name = try arguments.choice("--preset", of: ["default", "reference"])
        if name == "reference" { options.take(.reference) }
      }),
    FitOption(
      name: "--network", word: "NAME",
      help:
        "\(NetworkKind.all.map { $0.name }.joined(separator: ", ")), a .net file, which describes one in words (docs/networks.md), or a .ferm file, whose graph is trained from fresh weights with its preprocessing and all its outputs",
      usual: { "that of --init, else vgg-s; reference: vgg" }, isPath: true,
      read: { arguments, options in
        options.kind =
          try arguments.network() ?? options.model?.kind
          ?? NetworkKind.named(options.preset == .reference ? "vgg" : "vgg-s")
      },
      records: { options in
        [("train.network", .string(options.kind.name))]
          + (options.kind.digest.map { [("train.network.digest", .string($0))] } ?? [])
      }),
    FitOption(
      name: "--width", word: "X", help: "a factor for all widths of vgg-s", usual: { "1" },
      read: { arguments, options in
        options.width = try arguments.number("--width", in: NetworkKind.widths) ?? options.model?.width ?? 1
      }, records: { [("train.width", .real($0.width))] },
      unused: { $0.kind.hasWidth ? nil : "with --network \($0.kind.name)" }),
    value(
      "--dropout", "X", \.dropout, usual: "0.2, or 0 for networks other than vgg and vgg-s",
      key: "train.dropout",
      help: "the share of features that the head drops",
      unused: {
        $0.kind.hasDropout
          ? nil : "with --network \($0.kind.name) out of a file, which says itself what is dropped"
      }, recorded: { $0.map { .real($0.exact) } }
    ) { arguments, _ in try arguments.number("--dropout", in: 0...0.95).map { Float($0) } },
    value(
      "--block-dropout", "X", \.blockDropout, usual: "0 for vgg, a quarter of --dropout for vgg-s",
      key: "train.block_dropout", help: "the share of features that is dropped behind each block",
      unused: { $0.kind.hasBlockDropout ? nil : "with --network \($0.kind.name)" },
      recorded: { $0.map { .real($0.exact) } }
    ) { arguments, _ in try arguments.number("--block-dropout", in: 0...0.95).map { Float($0) } },
    value(
      "--drop-path", "X", \.dropPath, usual: "0", key: "train.drop_path",
      help: "how often the last residual block is skipped for a face; earlier ones are skipped less often",
      unused: { $0.kind.hasDropPath ? nil : "with --network \($0.kind.name)" },
      // A file without this entry is of a run without, as all were before there was the option.
      recorded: { $0 == 0 ? nil : .real($0.exact) }
    ) { arguments, _ in try arguments.number("--drop-path", in: 0...0.95).map { Float($0) } },
    FitOption(
      name: "--val", word: "DIR|CSV|X",
      help:
        "what chooses the best epoch: other faces, a split of the data (public, val, test, private), a share X of each class of the training faces, a fold of them such as 2/5, or none",
      usual: { "the first of public, val, test that exists, else \(ValidationChoice.usualShare)" },
      isPath: true, read: { $1.validation = try ValidationChoice($0.string("--val")) }),
    FitOption(
      name: "--votes", word: "FILE",
      help:
        "FER+'s table, fer2013new.csv: people's votes on FER2013's faces, in eight classes, take the place of their labels",
      isPath: true, read: { $1.votes = try $0.string("--votes").map { try VoteTable(path: $0) } },
      records: { options in
        guard let votes = options.votes else { return [] }
        return [
          ("train.votes", .string(votes.digest)),
          ("train.votes.as", .string(options.settings.votes.rawValue)),
        ]
      }),
    FitOption(
      name: "--votes-as", word: "NAME",
      help:
        "\(VoteUse.allCases.map { $0.rawValue }.joined(separator: ", ")): what the votes on a training face teach",
      usual: { VoteUse.usual.rawValue },
      read: { arguments, options in
        let given = try arguments.choice("--votes-as", of: VoteUse.self)
        guard given == nil || options.votes != nil else {
          throw UsageError("--votes-as needs --votes FILE.")
        }
        if options.votes != nil { options.settings.votes = given ?? VoteUse.usual }
      }),
    FitOption(
      name: "--weights", word: "FILE",
      help:
        "how much training faces count in the loss: a table (.csv) with the columns path and weight; a column weight of FER2013's table says the same",
      isPath: true,
      read: { $1.weights = try $0.string("--weights").map { try FaceWeights(path: $0) } }),
    FitOption(
      name: "--group", word: "RULE",
      help:
        "keep together what belongs together when --val, --test or --folds divide the training faces: subject (CK+'s names), a regular expression that finds the group in a face's name, or a table (.csv) with the columns path and group",
      isPath: true, read: { $1.group = try $0.string("--group").map { try GroupRule($0) } }),
    FitOption(
      name: "--test", word: "X",
      help:
        "set a share X of each class of the training faces aside, which neither train nor choose; fer-train eval RUN --split test draws it again",
      read: { arguments, options in
        guard let share = try arguments.number("--test", in: 0.001...0.999) else { return }
        if case .share(let other)? = options.validation.part, share + other >= 1 {
          throw UsageError("--val and --test leave no faces to train on; together they must be less than 1.")
        }
        options.test = share
      }),
    FitOption(
      name: "--folds", word: "K",
      help:
        "cross-validation: K runs, RUN/fold_1 to fold_K, each of which trains without one of K parts of the training faces and is validated on it; then mean, deviation and interval"
    ),
    whole(
      "--epochs", "N", in: 1...100_000, \.settings.epochs, reference: 300, key: "train.epochs",
      help: "passes over the faces",
      unused: { $0.maxHours == nil ? nil : "with --max-hours, which finds the epochs itself" }),
    value(
      "--max-hours", "H", \.maxHours, usual: "", key: "train.max_hours",
      help: "a time budget instead of --epochs: as many epochs as fit into H hours",
      recorded: { $0.map { .real($0) } }
    ) { arguments, _ in try arguments.number("--max-hours", in: 1e-3...10_000) },
    whole(
      "--batch", "N", in: 1...4096, \.settings.batch, key: "train.batch", help: "faces per step"),
    FitOption(
      name: "--shards", word: "S",
      help:
        "cut each batch into S parts, a power of two, with batch-norm statistics of their own, and add what they come to in a fixed order (docs/scale.md)",
      usual: { "1; started by mpirun or srun 4, or as many as there are processes" },
      read: { arguments, options in
        let given = try arguments.integer("--shards", in: 1...2048)
        guard let shards = given ?? Launcher.current.map({ max(4, $0.count) }) else { return }
        do throws(TrainError) {
          try ShardPlan(shards, in: SingleProcess()).check(batch: options.settings.batch)
        } catch { throw UsageError(error.description) }
        options.settings.shards = shards
      },
      // A file without this entry is of a run whose batches were whole, as all were before there was the option.
      records: {
        let shards = $0.settings.shards
        return shards == 1 ? [] : [("train.shards", .integer(Int64(shards)))]
      }),
    FitOption(
      name: "--wire", word: "NAME",
      help:
        "fp32, bf16: what gradients are while shards are added; bf16 sends half the bytes between processes",
      usual: { WireFormat.fp32.rawValue },
      read: { $1.settings.wire = try $0.choice("--wire", of: WireFormat.self) ?? .fp32 },
      // A file without this entry is of an fp32 run, as all were before there was the option.
      records: {
        let wire = $0.settings.wire
        return wire == .fp32 ? [] : [("train.wire", .string(wire.rawValue))]
      }),
    FitOption(
      name: "--precision", word: "NAME",
      help: "fp32, bf16: how products are computed; bf16 is faster, and needs a processor with AVX512_BF16",
      usual: { "bf16 where the processor has it, else fp32" },
      read: { arguments, options in
        let name = try arguments.choice("--precision", of: TrainingPrecision.allCases.map { $0.rawValue })
        if let precision = name.flatMap({ TrainingPrecision(rawValue: $0) }) {
          options.settings.precision = precision
        }
      },
      // A file without this entry is of an fp32 run, as the earliest are.
      records: {
        let precision = $0.settings.precision
        return precision == .fp32 ? [] : [("train.precision", .string(precision.rawValue))]
      }),
    value(
      "--seed", "N", \.settings.seed, key: "train.seed", help: "fixes every bit of the result",
      recorded: { .integer(Int64(bitPattern: $0)) }
    ) { arguments, _ in try arguments.integer("--seed", in: 0...Int.max).map { UInt64($0) } },
    whole("--limit", "N", in: 1...Int.max, \.limit, usual: "all", help: "train on N faces only"),
    FitOption(name: "--threads", word: "N", help: "", usual: { "all processors" }, isFree: true),
    flag("--skip-bad", \.skipsBad, help: "leave out faces that cannot be used; status is then 1"),
    flag("--drop-duplicates", \.dropsDuplicates, help: "train without faces that are in validation too"),
    FitOption(
      name: "--init", word: "FILE",
      help:
        "start from the weights of a .ferm, .pt or .safetensors file, such as timm's and torchvision's; other classes get a new last layer",
      isPath: true, read: { $1.initial = $0.string("--init") },
      records: { $0.initialDigest.map { [("train.init", .string($0))] } ?? [] }),
    FitOption(
      name: "--teacher", word: "MODEL",
      help:
        "distil a trained .ferm model: its probabilities for a face become soft targets beside the label; given again, the mean of several models' logits does",
      isPath: true, read: { $1.teachers = $0.strings("--teacher") },
      records: { $0.teacherDigest.map { [("train.teacher", .string($0))] } ?? [] }),
    FitOption(
      name: "--teacher-share", word: "X", help: "their share",
      usual: { FitOptions().teacherShare.exact.short },
      read: { arguments, options in
        guard let share = try arguments.number("--teacher-share", in: 0.01...1) else { return }
        guard !options.teachers.isEmpty else {
          throw UsageError("--teacher-share needs --teacher MODEL.")
        }
        options.teacherShare = Float(share)
      },
      records: { $0.teacherDigest == nil ? [] : [("train.teacher.share", .real($0.teacherShare.exact))] }),
    FitOption(
      name: "--teacher-temperature", word: "X",
      help: "flatten their probabilities, beside the temperatures in their files", usual: { "1" },
      read: { arguments, options in
        guard let given = try arguments.number("--teacher-temperature", in: 0.1...20) else { return }
        guard !options.teachers.isEmpty else {
          throw UsageError("--teacher-temperature needs --teacher MODEL.")
        }
        options.teacherTemperature = Float(given)
      },
      // A file without this entry is of a run at 1, as all were before there was the option.
      records: {
        let temperature = $0.teacherTemperature
        return temperature == 1 ? [] : [("train.teacher.temperature", .real(temperature.exact))]
      }),
    FitOption(
      name: "--teacher-sees", word: "X",
      help:
        "faces, once and as they are, or crops: in each step what the network gets, varied and blended, which takes their time",
      usual: { FitOptions().teacherSight.rawValue },
      read: { arguments, options in
        guard let sight = try arguments.choice("--teacher-sees", of: Teacher.Sight.self) else { return }
        guard !options.teachers.isEmpty else {
          throw UsageError("--teacher-sees needs --teacher MODEL.")
        }
        options.teacherSight = sight
      },
      // A file without this entry is of a run whose teachers saw faces, as all did before there was the option.
      records: {
        let sight = $0.teacherSight
        return sight == .faces ? [] : [("train.teacher.sees", .string(sight.rawValue))]
      }),
    FitOption(
      name: "--freeze", word: "PATTERNS", help: "do not train what matches: 'conv1*,bn1*'",
      read: { $1.freeze = ($0.string("--freeze") ?? "").split(separator: ",").map(String.init) },
      records: {
        $0.freeze.isEmpty ? [] : [("train.freeze", .string($0.freeze.joined(separator: ",")))]
      }),
    flag(
      "--resume", isFree: true,
      help:
        "continue RUN where it stopped; with --epochs N, to another length, if that would have changed nothing so far"
    ),
    FitOption(
      name: "--from-epoch", word: "N",
      help: "with --resume: continue from epoch N, which --save-every or --keep-best kept", isFree: true),
    FitOption(
      name: "--resume-from", word: "FILE",
      help: "the same by the file: RUN/epoch_N.ferm; RUN then goes back to that epoch",
      isFree: true),
    whole(
      "--save-every", "N", in: 1...100_000, \.saveEvery, usual: "never",
      help: "keep epoch_N.ferm every N epochs"),
    whole(
      "--keep-best", "K", in: 1...1000, \.keepBest, usual: "none",
      help: "keep the K best epochs by validation, as best_ACCURACY_epoch_N.ferm"),
    flag("--no-faces", \.hidesFaces, help: "leave faces out of RUN/report.html"),
    FitOption(
      name: Configuration.option, word: "FILE",
      help:
        "options out of a JSON file, {\"lr\": 0.05}, or those of a run, RUN/args.json; options beside it hold instead",
      isFree: true),
    flag("--overwrite", isFree: false, help: "replace an earlier run in RUN"),
    flag("--quiet", isFree: true, help: "say only what goes wrong"),
    FitOption(
      name: "--log", word: "NAME",
      help: "jsonl: write what happens to standard output too, one JSON object a line (docs/live.md)",
      isFree: true),
  ]
}
