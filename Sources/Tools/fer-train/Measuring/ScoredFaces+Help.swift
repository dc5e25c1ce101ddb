extension ScoredFaces {
  /// The end of the help of the commands that score faces.
  static let help = """
      --group FILE.csv   the table of a run that was divided by one, to draw its
                         val and test again
      --votes FILE       label the faces by FER+'s table, fer2013new.csv
      --skip-bad         leave out faces that cannot be used; status is then 1
      --threads N        (all processors)
      --limit N          use only N of the faces (all)

    Exit status: 0 all well, 1 some faces were left out, 2 usage, 3 bad model or
    data.
    """
}
