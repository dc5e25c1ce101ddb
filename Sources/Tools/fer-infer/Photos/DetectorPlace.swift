import FermFiles
import Glibc

/// Where the detector's file is.
enum DetectorPlace {
  /// The file that is meant when no option names one: that of the environment, of the installation, or of the checkout in
  /// which the program was built; nil where there is none.
  static var usual: FilePath? {
    if let named = getenv("FERM_DETECTOR"), named.pointee != 0 { return FilePath(String(cString: named)) }
    guard let program else { return nil }
    let installed = program.folder.appending("../share/ferm/face.ferm".utf8)
    return installed.exists ? installed : ofCheckout(program)
  }

  private static var program: FilePath? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    return FilePath(bytes: (0..<strlen(path)).map { UInt8(bitPattern: path[$0]) })
  }

  private static func ofCheckout(_ program: FilePath) -> FilePath? {
    var folder = program.parent
    while let path = folder {
      if path.appending("Package.swift".utf8).exists {
        let file = path.appending("models/face.ferm".utf8)
        return file.exists ? file : nil
      }
      folder = path.parent
    }
    return nil
  }
}

extension FilePath {
  /// The folder above; nil for the root.
  fileprivate var parent: FilePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return nil }
    return FilePath(bytes: Array(bytes[..<slash]))
  }
}
