import FermDrawing
import FermFiles
import FermImage
import FermToolSupport
import Glibc

/// Where a run writes; nothing that it reads is ever written over.
struct Destination {
  let output: Output
  let embedding: OutputFile?
  let dump: InputDump?
  let sheet: OutputFile?
  let strip: Output?

  /// Begins the output, and makes the folder of the dumped inputs.
  ///
  /// - Throws: `usage` for what is an input.
  init(_ options: InferOptions) throws(FileError) {
    // The list is an input too, if standard input is a file.
    let inputs = ([options.model, options.detector, options.boxes, options.frames?.input] + options.paths)
      .compactMap { path in
        path == FilePath("-") ? FilePath("/dev/stdin") : path
      }
    if let path = options.output { try Self.refusePicture(path) }
    output = try Output(path: options.output, unlike: inputs)
    embedding = try options.embedding.map { [output] wish throws(FileError) in
      try Self.embedding(wish.path, unlike: inputs, output, options)
    }
    sheet = try options.sheet.map { path throws(FileError) in
      try OwnPicture.ofInfer.allow(at: path, unlike: inputs)
      return try OutputFile(path, unlike: inputs)
    }
    strip = try options.frames?.strip.map { [output] path throws(FileError) in
      let strip = try Output(path: path, unlike: inputs)
      try Self.tellApart(strip.file, output, "--strip")
      return strip
    }
    dump = try options.dump.map { folder throws(FileError) in try InputDump(folder, unlike: options.paths) }
  }

  /// Begins the file of the embeddings.
  private static func embedding(
    _ path: FilePath, unlike inputs: [FilePath], _ output: Output, _ options: InferOptions
  ) throws(FileError) -> OutputFile {
    try refusePicture(path)
    let file = try OutputFile(path, unlike: inputs)
    guard !file.isInPlace else {
      throw FileError(
        "\(path.printable): a NumPy file begins with the number of its rows, so this must be a regular file.",
        kind: .usage)
    }
    try tellApart(file, output, "--embedding")
    return file
  }

  /// Sees to it that a file is not the one for the records.
  private static func tellApart(_ file: OutputFile?, _ output: Output, _ option: String) throws(FileError) {
    guard let file, let records = output.file else { return }
    guard file.path != records.path, file.replaced == nil || file.replaced != records.replaced else {
      throw FileError("\(file.path.printable): -o and \(option) name the same file.", kind: .usage)
    }
  }

  /// A picture may be an input that only a list, a folder or the boxes name; records are never meant to replace one.
  private static func refusePicture(_ path: FilePath) throws(FileError) {
    guard let name = path.systemName else { return }
    var status = stat()
    guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    guard let bytes = try? ByteRecords(path: path) else { return }
    guard !ImageDecoder.recognises(Array(bytes.peek(18))) else {
      throw FileError("\(path.printable): this output is a picture; choose another name.", kind: .usage)
    }
  }
}
