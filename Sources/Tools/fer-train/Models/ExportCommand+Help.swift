extension ExportCommand {
  /// What `fer-train export --help` prints.
  static let help = """
    Writes a model with other weights or packing, or its weights for other programs.

      fer-train export best.ferm -o small.ferm --weights int8
      fer-train export best.ferm -o best.safetensors
      fer-train export best.ferm -o faces.ferm --embedding auto
      fer-train export best.ferm -o photos.ferm --crop blazeface-short:1.1,0,-0.08
      fer-train export best.ferm -o public.ferm --license MIT --card about.md

    usage: fer-train export MODEL -o FILE [options]

      -o, --output FILE  what is written; its name ends in .ferm or .safetensors
      --weights NAME     fp32, fp16, bf16, int8 (as they are)
      --stored           without compression
      --to NAME          ferm, safetensors (what the name ends in)
      --embedding NAME   add the vector before the last fully connected layer as an
                         output of that name; auto calls it embedding
      --crop DETECTOR:SIDE,RIGHT,DOWN[,level]
                         how faces found by this detector are cut for the model: a
                         square of SIDE times the mean of the box's width and
                         height, its centre moved by RIGHT and DOWN times its side
                         (DOWN below 0 is up); with level, turned until the eyes are
                         level. Other detectors' rules stay. DETECTOR:none removes
                         the detector's rule
      --license SPDX     the licence that the file states: MIT
      --card FILE.md     a description to put in; fer-inspect --card shows it

    Exit status: 0 all well, 2 usage, 3 bad model.
    """
}
