import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// The file that `-o` names. It is begun before any work is done for it, and appears when it is complete.
struct ModelDestination {
  private let file: OutputFile

  /// Begins the file at `path`, which is to be a model.
  ///
  /// - Parameter inputs: what the command reads and must not replace.
  /// - Throws: `UsageError` for a name that says something else, `FileError` for an input and for what the system refuses.
  init(_ path: String, unlike inputs: [String]) throws {
    guard FileEnding(path).isOf("ferm") else {
      throw UsageError("\(path): what is written here is a model; let its name end in .ferm.")
    }
    file = try OutputFile(FilePath(path), unlike: inputs.map { FilePath($0) })
  }

  /// Writes a model with self-tests, and tells.
  func write(_ model: Model, packing: Packing = .smallest) throws {
    let bytes = try TrainTool.naming(file.path.text) { () throws(FormatError) in
      try model.withSelfTests().encoded(packing: packing)
    }
    try file.append(bytes)
    try file.commit()
    narrate("written: \(file.path.text)")
  }
}

/// What the end of a file's name says about it.
struct FileEnding {
  /// In lower case, without its dot; empty when there is none.
  let text: String
  /// Devices and open descriptors have names of the system's.
  private let isDevice: Bool

  init(_ path: String) {
    let name = path.split(separator: "/").last ?? ""
    text = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    isDevice = path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
  }

  /// Whether a file of this kind may have such a name.
  func isOf(_ kind: String) -> Bool { text == kind || isDevice }
}
