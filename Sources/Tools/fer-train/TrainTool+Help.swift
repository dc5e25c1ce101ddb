import FermTrain

extension TrainTool {
  /// What `--help` prints.
  static let help = """
    Trains facial-emotion networks and writes them as .ferm files.

      fer-train --data fer2013/ --out runs/first                       train on class folders or fer2013.csv
      fer-train --resume --out runs/first                              go on with it, bit for bit
      fer-train --data mine/ --init runs/first/best.ferm --freeze 'conv*,bn*' --out runs/mine
      fer-train eval runs/first/best.ferm --data fer2013/ --tta ten    how good is it?
      fer-train network=vgg name=my_vgg bs=64 lr=0.01                  the reference's own spelling

    usage: fer-train --data DIR|CSV --out RUN [options]
      --preset NAME      default: a short modern run; reference: what arXiv 2105.03588 does (docs/recipes.md has both)
      --network NAME     \(names(NetworkKind.all.map { $0.name })) (vgg-s; reference: vgg)
      --width X          a factor on all widths of vgg-s (1)       --dropout X      the head's (0.2)
      --val DIR|CSV|X    validation faces: others, or a share X of the training faces (PublicTest or val/, if there)
      --epochs N         (80; reference: 300)                      --max-hours H    as many epochs as H hours hold
      --batch N          faces in a step (64)                      --seed N         fixes every bit of the result (0)
      --limit N          train on N faces only                     --threads N      (all processors)
      --skip-bad         leave out faces that cannot be used       --drop-duplicates  and those that validation has too
      --init FILE        begin with the weights of a .ferm, .pt or .safetensors file; other classes get a new last layer
      --teacher MODEL    let a .ferm file's view of each face take the place of a part of its label (docs/recipes.md)
      --teacher-share X  that part (0.6)
      --freeze PATTERNS  keep what matches as it is: 'conv1*,bn1*'
      --resume           go on where RUN stands; with --epochs N, to another length, where the schedule does not mind
      --from-epoch N     with --resume: go on from epoch N, which --save-every kept
      --save-every N     keep epoch_N.ferm every N epochs          --quiet
      --overwrite        replace an earlier run in RUN

     optimiser
      --optimizer NAME   \(names(OptimiserKind.all.map { $0.name }))
      --lr X             the largest rate (nesterov 0.05; sgd 0.02; adam 0.001; adagrad 0.01; adadelta 1; reference: 0.01)
      --momentum X       (0.9)         --weight-decay X  (0.001; reference: 0.0001)   --decay-on all|weights (weights)
      --clip X           the largest norm of the gradient          --ema X          decay of the weights' average (0.999)
     schedule
      --schedule NAME    \(names(ScheduleKind.all.map { $0.name }))
      --warmup E         epochs of rising before it (2)            --min-lr X       (0)
      --period E         epochs of a fall or round: step 20, restarts 10, cosine the whole run
      --factor X         of plateau (0.75) and step (0.5)          --patience N     epochs that plateau waits (5)
      --early-stop N     end when N epochs bring nothing better
      --final-epochs N   then N epochs from the best weights (0; reference: 50)
      --final-lr X       (0.0001)     --final-schedule NAME (cosine)   --final-on training|all (training)
     regularisation
      --label-smoothing X (0.1)       --mixup P:ALPHA   (0:0.2, never)   --class-weights none|balanced (none)
      --calm-epochs N    the last N without mixup and blanks (8)   --sizes S@X,...  crop sides over the run (32@0.35,40@0.75,44)
     augmentation (RUN/augmented.png shows it)
      --scale A:B  --ratio A:B   the kept part's area and proportion      --shift P:X  --rotate P:DEGREES  --light P:X
      --flip never|random|alternating    --erase P:A:B  --erase-ratio A:B  --blank black|mean  --surroundings shown|black
      --crops random|ten         one crop a face, or all ten              --tta none|flip|ten   views in validation (none)

    usage: fer-train eval MODEL --data DIR|CSV [--split public|private|train|val|test|all] [--tta none|flip|ten] [--json]
                     [--svg confusion.svg] [-o MODEL] [--skip-bad] [--drop-duplicates] [--threads N] [--limit N]
                     -o writes the model with the figures inside; --drop-duplicates leaves out faces that are in train, too
    usage: fer-train calibrate MODEL --data DIR|CSV -o MODEL [--split ...]     fits the temperature of the probabilities
    usage: fer-train import FILE.pt|FILE.safetensors -o MODEL [--network vgg] [--width X] [--labels a,b,...]
    usage: fer-train export MODEL -o FILE [--weights fp32|fp16|bf16|int8] [--stored] [--to ferm|safetensors]
                     [--license SPDX] [--card FILE.md]      what the file says of itself, and fer-inspect --card shows

    RUN gets args.json, results.csv, last.ferm (with what --resume needs), best.ferm (by validation accuracy), curves.svg,
    confusion.svg and augmented.png. SIGTERM, SIGHUP and Ctrl-C write last.ferm and end the run with status 0; another, two seconds later, ends it at once.
    Exit status: 0 all well, 1 some faces were left out, 2 usage, 3 bad model or data.
    """

  private static func names(_ names: [String]) -> String { names.joined(separator: ", ") }
}
