import FermFiles
import FermToolSupport

extension Output {
  /// Lets the records appear. Earlier ones give way to those of a whole run alone; gives what is to be said of that.
  func finish(isWhole: Bool, isEmpty: Bool) throws(FileError) -> String? {
    guard !isWhole, let file, !file.isInPlace else {
      try finish()
      return nil
    }
    let name = file.path.printable
    guard !isEmpty else { return file.replaced == nil ? nil : "\(name) still has the earlier results." }
    guard file.replaced != nil else {
      try finish()
      return nil
    }
    try finish(withEnding: ".partial")
    return "\(name) still has the earlier results; those of this run are in \(name).partial."
  }
}
