extension CompareCommand {
  /// What `fer-train compare --help` prints.
  static let help = """
    Compares finished runs on the same faces, and says which differences are noise.

      fer-train compare runs/plain runs/mixup
      fer-train compare runs/plain runs/mixup --test private --data fer2013/
      fer-train compare sweeps/rates --out compared/

    usage: fer-train compare RUN... [options]
           fer-train compare SWEEP [options]

      RUN                the folder of a run; runs that differ by their seed alone
                         become one row, with the mean and its interval over seeds
      SWEEP              the folder of a sweep: all its runs that have ended, the
                         best setting first
      --out DIR          gets compare.csv and charts: curves.svg, and where runs
                         differ by them optimisers.svg and schedules.svg
      --test NAME        compare on this split of --data instead of the faces that
                         chose each run's best epoch, which are kind to all runs
      --data DIR|CSV     the faces of --test
      --last             compare the weights after the last epoch, which no faces
                         chose, instead of those of the best one
      --against NAME     first, best: what the others are compared with (first;
                         for a sweep best)
      --threads N        (all processors)

    Two runs are compared by McNemar's test on the same faces, settings with several
    seeds by Student's t of the differences seed by seed; p is corrected by Holm's
    method where there are several comparisons.
    Exit status: 0 all well, 2 usage, 3 runs that cannot be compared.
    """
}
