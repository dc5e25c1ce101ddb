import FermToolSupport
import FermTrain

/// A command line that a file keeps, to be carried out again later.
enum StoredCommand {
  /// Refuses one that this version cannot carry out: where it has other options, another version wrote it, and knows what they mean.
  ///
  /// - Parameters:
  ///   - valued: options that take a value.
  ///   - flags: those that take none.
  ///   - file: where the command is.
  ///   - tool: what wrote it, as the file says.
  /// - Throws: `checkpoint`, with the file and the option.
  static func check(
    _ words: [String], valued: [String], flags: [String], in file: String, of tool: String? = nil
  ) throws(TrainError) {
    let known = Set(valued + flags)
    let all = OptionWords.split(words, valued: valued).compactMap { $0.words.first }
    if let unknown = all.map({ String($0.prefix { $0 != "=" }) }).first(where: { !known.contains($0) }) {
      throw .checkpoint(
        "\(file): this fer-train (\(toolVersion)) has no \(unknown), which the command there has; use the one that began it\(tool.map { ", \($0)" } ?? "")."
      )
    }
    do { _ = try Arguments(words, valued: valued, flags: flags) } catch {
      throw .checkpoint("\(file): the command there cannot be understood: \(error.message)")
    }
  }
}
