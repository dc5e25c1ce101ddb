extension InferOptions {
  static let help = """
    Finds the faces in pictures and says which expression each of them shows.

      fer-infer model.ferm photos/                      all pictures below it, sorted
      fer-infer model.ferm photos/ > out.jsonl          JSON Lines for programs
      fer-infer model.ferm faces/ --crops | jq -r .label
      fer-infer model.ferm photos/ -o out.csv           a spreadsheet
      find . -name '*.jpg' -print0 | fer-infer model.ferm -0 -
      fer-infer model.ferm photos/ --annotate seen      copies with the faces marked
      fer-infer model.ferm --boxes faces.csv            faces found by another detector
      fer-infer model.ferm faces/ --embedding out.npy   a vector for each face, too
      ffmpeg -i film.mp4 -f yuv4mpegpipe - | fer-infer model.ferm --frames - -o film.csv

    usage: fer-infer MODEL PATH... [options]
           fer-infer MODEL [PATH...] --boxes FILE.csv [options]
           fer-infer MODEL --frames FILE [options]

      PATH is an image, a folder, or - for standard input: a list of both,
      one per line, or a single image.

      -0                      paths in a list end with NUL (find -print0)
      --no-recursive          leave out folders within folders
      --crops                 each picture is a crop of one face, whatever its size
      --detect [FILE.ferm]    each picture is a photo, whatever its size; FILE is
                              the detector, if not the usual one
      --select all|largest    faces of a photo that get a record (default all)
      --min-face PIXELS       leave out faces whose box has a side below this
      --min-score X           leave out faces that the detector scores below X, 0
                              to 1; crops get a score too, and below X no label
      --margin X              cut the faces of photos X times as wide as the model says
      --boxes FILE.csv        faces in photos, one per row, - for standard input:
                              path,x,y,w,h in pixels, or a header that names such
                              columns (also x1,y1,x2,y2); without PATH, its photos
                              are the inputs, in its order
      --frames FILE           label the faces of a video, - for standard input: Y4M,
                              or JPEG or PNM (P5, P6) pictures one after another.
                              All frames are searched for faces, unless --crops says
                              that each is one
      --rate FPS              frames a second, such as 25 or 30000/1001, for records'
                              times; Y4M says it by itself
      --every N               look at every Nth frame alone (default 1)
      --smooth SECONDS        add the running means of each face's probabilities, in
                              which what is SECONDS old counts 1/e
      --strip FILE.svg        draw the emotions of each face over time
      --live                  leave frames out rather than fall behind a camera; the
                              summary counts them
      --fit crop|pad|stretch  what to do with faces that are not square
                              (default: what the model says)
      --tta none|flip|ten     average the logits of several crops: the face and
                              its mirror image, or ten crops
      --background RRGGBB     the colour under transparent parts of images
                              (default ffffff)
      --max-pixels N          refuse larger images before decoding them
                              (default 100000000)

      --format table|jsonl|csv|json
                              default: by the ending of -o; without -o, a table on
                              a terminal and JSON Lines elsewhere
      -o, --output FILE       write to FILE; an earlier file stays until the run is
                              complete
      --top-k K               add the K likeliest classes to each record (not in
                              CSV, which has all of them)
      --embedding FILE.npy    write the model's embedding of each face: one row of
                              float32 for each record of a face that is "ok", in
                              their order; whole or not at all. NAME=FILE.npy if the
                              model has several. With --tta, the mean of the views
      --annotate FOLDER       write an upright copy of each photo, with its faces'
                              boxes, labels and scores, under the same path: JPEG if
                              named so, else PNG. Files that fer-infer has not drawn
                              are never replaced
      --sheet FILE.png        draw all faces on one page, by label and score; if more
                              than 5000, the surest of each label
      --dump-input FOLDER     write the network's input, one PNG for each face

      --batch N               faces that run together (default 64)
      --threads N             default: all processors
      --precision exact|fast  fast multiplies in bf16 and 8-bit integers where the
                              processor can: nearly the same answers, sooner
      --verify                check every byte of the model first
      --quiet                 no progress, no summary, and no word about skipped
                              files
      --version, --help

    A picture whose shorter side has more than 128 pixels, and more than twice what
    the model sees, is a photo: it is searched for faces and gives one record for
    each, or one that says "faces": 0. Smaller ones are crops of one face. Faces whose
    box has a side below 40 pixels are flagged as small. The detector is the file that
    FERM_DETECTOR names, or the installed face.ferm; make detector makes it.
    A model without class scores gives no labels: it needs --embedding, and the
    records say which faces have rows there.
    With --frames there is one record for each face of each frame, with the frame's
    number and time and the face's number in the video, face_id, or one that says
    "success": 0; frame.schema.json describes them. A stream that is cut short or
    damaged ends with status 3, and the records before it are whole.
    With --boxes, each box is a face. A file's content decides whether it is JPEG,
    PNG, WebP, BMP or PNM. Pictures are turned as their EXIF data says, and boxes are
    in pixels of the turned picture. A file that cannot be used gives a record with
    "ok": false, and the run goes on. In folders, hidden files are left out, and so
    are files that are images neither by name nor by content; links to folders are
    followed once. Records are in the order of the inputs, and those of a photo
    begin with the surest face; record.schema.json describes them. After Ctrl-C, the
    records already begun are finished; a second Ctrl-C, two seconds later or more,
    ends the run at once.
    Exit status: 0 all well, 1 some inputs failed, 2 usage, 3 bad model or detector,
    a list, boxes or frames that cannot be read, or nothing to do, 130 stopped by Ctrl-C.
    """
}
