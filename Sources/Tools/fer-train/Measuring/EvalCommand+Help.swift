extension EvalCommand {
  /// What `fer-train eval --help` prints.
  static let help = """
    Measures how good a model is on labelled faces.

      fer-train eval runs/first/best.ferm --data fer2013/
      fer-train eval best.ferm --data fer2013/ --split private --tta ten --json
      fer-train eval best.ferm --data fer2013/ --svg confusion.svg -o best.ferm
      fer-train eval best.ferm --data fer2013/ --html best.html
      fer-train eval best.ferm --data ckplus/ --map anger=angry,happiness=happy \\
                --leave-out contempt --merge angry+disgust --by people.csv

    usage: fer-train eval MODEL --data DIR|CSV [options]

      --data DIR|CSV     the faces: class folders, or FER2013's table
      --split NAME       public, private, train, val, test, all
                         (the first of these that exists, train last)
      --tta NAME         none, flip, ten: views of a face whose logits are
                         averaged (none)
      --precision NAME   exact, fast: how the runtime multiplies (exact)
      --map A=B,...      count the data's class A as the model's class B
      --leave-out A,...  neither score the faces of these classes nor take them
                         for an answer
      --merge A+B,...    count the model's classes A and B as one; the probability
                         is their sum
      --by FILE.csv      accuracy by groups of faces: a column path, and a column
                         for each grouping
      --framings         accuracy also where the faces are cut tighter and wider,
                         turned, and small
      --predictions FILE.csv  write what the model says of every face
      --json             print a JSON object instead of text
      --svg FILE         draw the confusion matrix
      --html FILE        write a page: figures, confusion, reliability, mistakes
      --no-faces         with --html: leave the faces out
      -o, --output MODEL  write the model with the figures in it; may be MODEL
      --drop-duplicates  leave out faces that are also in train
    \(ScoredFaces.help)
    """
}
