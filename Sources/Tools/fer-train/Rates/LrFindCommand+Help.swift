extension LrFindCommand {
  /// What `fer-train lr-find --help` prints.
  static let help = """
    Finds a learning rate: trains for some hundred steps while the rate rises, shows
    the loss, and suggests the rate at which it is lowest.

      fer-train lr-find --data fer2013/
      fer-train lr-find --data mine/ --init best.ferm --optimizer adam --out rates/

    usage: fer-train lr-find --data DIR|CSV [--out FOLDER] [options of a run]

      --data DIR|CSV     the faces
      --steps N          steps of the test (300)
      --from X           the first rate (a thousandth of the optimiser's usual one)
      --to X             the last rate (a thousand times the usual one)
      --out FOLDER       keep the curve there: lr-find.svg and lr-find.csv

    The other options are those of the run that the rate is for, see fer-train
    --help: network, batch, optimiser, augmentation, --init and so on change which
    rate is best. Those that concern the run's length, rates or files have no
    effect. No weights are written. The test ends early where the loss is no number
    or has risen by half. Each rate is tried for one step only, and the curve
    depends on the batches: take the suggestion as a place to begin a sweep.

    Exit status: 0 all well, 1 some faces were left out, or the loss fell at no
    rate, 2 usage, 3 bad model or data.
    """
}
