extension CalibrateCommand {
  /// What `fer-train calibrate --help` prints.
  static let help = """
    Fits the temperature of a model's probabilities, so that 80 % means 80 %.

      fer-train calibrate vgg.ferm --data fer2013/ -o calibrated.ferm
      fer-train calibrate vgg.ferm --data mine/ --split val -o calibrated.ferm

    usage: fer-train calibrate MODEL --data DIR|CSV -o MODEL [options]

      --data DIR|CSV     faces that the model was not trained on
      -o, --output MODEL  the calibrated model, another file; labels stay the same
      --tta NAME,...     none, flip, ten: views of a face that it will be looked at
                         in; one temperature for several, such as none,flip (none)
      --split NAME       public, private, train, val, test, all
                         (the first of these that exists, train last)
    \(ScoredFaces.help)
    """
}
