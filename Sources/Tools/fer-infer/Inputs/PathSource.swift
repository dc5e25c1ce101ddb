import FermFiles
import FermImage
import FermToolSupport

/// Pictures by path: files, folders, and `-` for a list of both, or a picture, on standard input.
struct PathSource: InputSource {
  private var arguments: ArraySlice<FilePath>
  private let makeList: () -> PathList
  private let isRecursive: Bool
  private var outputs: OutputFilter
  private var list: PathList?
  private var walk: FolderWalk?
  private var walked = (folder: FilePath(""), files: 0)
  private(set) var complaints: [String] = []
  private var links = 0

  var notes: [String] {
    links == 0 ? [] : ["\(links) \(links == 1 ? "link to a folder was" : "links to folders were") followed."]
  }

  /// - Parameters:
  ///   - separator: what ends each path of a list.
  ///   - decoder: what tells a picture from a list.
  ///   - outputs: what is passed over in folders.
  init(
    _ arguments: [FilePath], separator: UInt8, recursively: Bool, decoder: ImageDecoder, outputs: OutputFilter
  ) {
    self.arguments = arguments[...]
    makeList = { PathList(separator: separator, decoder: decoder) }
    isRecursive = recursively
    self.outputs = outputs
  }

  mutating func next() -> Work? {
    while true {
      if let work = nextOfFolder() ?? nextOfList() { return work }
      if walk != nil || list != nil { continue }
      guard let argument = arguments.popFirst() else { return nil }
      if argument == FilePath("-") {
        list = makeList()
      } else if let work = expand(argument) {
        return work
      }
    }
  }

  /// A file's work; nil for a folder, whose files come next.
  private mutating func expand(_ path: FilePath) -> Work? {
    guard path.isFolder else { return Work(path: path) }
    walk = FolderWalk(path, recursively: isRecursive)
    walked = (path, 0)
    return nil
  }

  private mutating func nextOfFolder() -> Work? {
    while let entry = walk?.next() {
      switch entry {
      case .folder: continue
      case .file(let path):
        if outputs.isOutput(path) { continue }
        walked.files += 1
        return Work(path: path, root: walked.folder)
      case .unreadable(let path, let reason):
        walked.files += 1
        return Work(
          path: path,
          failure: InputFailure(
            code: "unreadable",
            message: "The folder cannot be listed (\(reason)): leave it out, or give one that you may read."))
      }
    }
    links += walk?.followedLinks ?? 0
    if walk != nil, walked.files == 0 {
      complaints.append("\(walked.folder.printable): there are no files in this folder.")
    }
    walk = nil
    return nil
  }

  private mutating func nextOfList() -> Work? {
    do throws(FileError) {
      while let entry = try list?.next() {
        switch entry {
        case .path(let path): if let work = expand(path) ?? nextOfFolder() { return work }
        case .picture(let content):
          list = nil
          return Work(path: FilePath("-"), content: content)
        }
      }
    } catch { complaints.append(error.message) }
    list = nil
    return nil
  }
}
