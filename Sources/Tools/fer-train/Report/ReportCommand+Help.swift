extension ReportCommand {
  /// What `fer-train report --help` prints.
  static let help = """
    Writes a run as one page: settings, curves, figures with intervals, confusion,
    reliability, counts, augmented faces, the worst mistakes, time.

      fer-train report runs/first
      fer-train report runs/first --no-faces -o for-the-paper.html

    usage: fer-train report RUN|SWEEP [options]

      -o, --output FILE  (report.html in the folder)
      --no-faces         leave the faces out; their files are named all the same
      --data DIR|CSV     where the run's faces are now (where they were)
      --threads N        (all processors)

    A run that ends writes the page itself. That of a sweep has its settings by
    accuracy, their curves, and every run with a link to its own page. A page needs
    no network: it can be sent, printed, and opened anywhere.
    Exit status: 0 all well, 2 usage, 3 bad run or data.
    """
}
