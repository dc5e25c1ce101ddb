import FermToolSupport
import FermTrain

extension ExplainCommand {
  /// What `fer-train explain --help` prints.
  static let help = """
    Shows which pixels of a face a model's answer depends on.

      fer-train explain models/default.ferm Examples/faces --out seen/
      fer-train explain best.ferm face.png --method grad-cam --class sad --out seen/
      fer-train explain best.ferm --data fer2013/ --limit 2000 --out seen/

    usage: fer-train explain MODEL [PATH...] --out DIR [options]

      PATH               a picture of one face, or a folder of such (recursive); it
                         is cut and scaled as the model has it
      --out DIR          gets for each of them NAME.png, the face, the map and both,
                         and NAME.npy, the map's numbers [height, width], 0 to 1
      --method NAME      \(SaliencyMethod.all.map { $0.name }.joined(separator: ", ")) (gradient): the magnitude
                         of the gradient of the answer's logit, the largest over
                         colours; the mean of 32 such gradients with noise; the last
                         maps that keep places, weighted by their gradients
      --class NAME       explain this class (the likeliest)
      --data DIR|CSV     labelled faces: classes.png shows for each class the surest
                         that are right, mistakes.png the surest that are wrong
      --split NAME       public, private, train, val, test, all
                         (the first of these that is there, train last)
    \(ScoredFaces.help)
    """
}
