extension SweepCommand {
  /// What `fer-train sweep --help` prints.
  static let help = """
    Trains every combination of settings, each with several seeds, and says which
    is best by validation accuracy, and how sure that is.

      fer-train sweep --grid lr=0.01,0.05 --grid optimizer=nesterov,adamw \\
                      --seeds 3 --data fer2013/ --epochs 10 --out sweeps/first
      fer-train sweep --resume --out sweeps/first     go on after any end
      fer-train sweep --config sweep.json --out sweeps/second

    usage: fer-train sweep --grid KEY=V1,V2 [--grid ...] --out SWEEP [options]

      --grid KEY=V1,V2   a setting that varies, and its values; KEY is an option of
                         fer-train without its dashes; semicolons separate values
                         that have commas (sizes=32;32@0.5,40), and what goes with
                         a value follows it: 'schedule=cosine,step period=3'
      --seeds N          trains each combination N times, with --seed and those
                         after it (1)
      --out SWEEP        gets runs/NAME for each run, table.csv, runs.csv,
                         report.html, and sweep.json, which says what was asked
                         for
      --jobs N           runs at a time, which share the threads (1)
      --threads N        of all runs together (all processors)
      --random K         K of the combinations, drawn by --seed (all)
      --halving          all combinations for a part of the epochs, the best third
                         of them for three times as many, and so on to --epochs;
                         docs/sweeps.md says whom that favours
      --config FILE      options out of a JSON file, {"epochs": 10, "grid": {"lr":
                         [0.01, 0.05]}}, or those of a run (RUN/args.json) or sweep
                         (SWEEP/sweep.json); options beside it hold instead
      --resume           go on with the sweep in SWEEP: what ended stays, what was
                         stopped goes on, what failed is tried again
      --overwrite        replace the sweep in SWEEP, and all of its runs
      --quiet            say only what goes wrong

    All other options are those of fer-train, and hold for every run; each optimiser
    has its own usual rate unless lr is said. SIGTERM, SIGHUP and Ctrl-C stop the
    runs under way with a checkpoint each.
    Exit status: 0 all well, or stopped; 1 some runs diverged or failed, or faces
    were left out; 2 usage; 3 bad model or data.
    """
}
