import FermFiles
import FermTrain
import Glibc

/// libferm-mpi.so, which is loaded when it is needed: the functions of Bindings/mpi/ferm-mpi.c.
struct MessageLibrary: @unchecked Sendable {
  typealias Begin = @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32
  typealias Exchange =
    @convention(c) (UnsafeRawPointer?, Int32, UnsafeMutableRawPointer?, Int32, Int32) -> Int32
  typealias Test = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
  typealias Explain = @convention(c) (Int32, UnsafeMutablePointer<CChar>) -> Void
  typealias End = @convention(c) () -> Int32

  let begin: Begin
  let exchange: Exchange
  let test: Test
  let end: End
  private let explain: Explain

  private static let name = "libferm-mpi.so"

  /// Loads the library.
  ///
  /// - Throws: `setting` where it is not, or cannot be used, with the places that were looked at.
  init() throws(TrainError) {
    let places = Self.places
    guard let place = places.first(where: { FileSystem.isFile($0) }) else {
      throw .setting(
        "\(Launcher.current?.count ?? 1) processes were started, which reach each other by \(Self.name), and it is not there: looked for \(places.map { $0.printable }.joined(separator: " and ")). Build it by make MPI=1, name it in FERM_MPI, or start one process."
      )
    }
    // MPI's own parts look for its functions among the program's.
    guard let library = dlopen(place, RTLD_NOW | RTLD_GLOBAL) else { throw Self.unusable(place) }
    func function<Function>(_ name: String, _ type: Function.Type) throws(TrainError) -> Function {
      guard let address = dlsym(library, "ferm_mpi_\(name)") else { throw Self.unusable(place) }
      // SAFETY: the shim's functions have these types.
      return unsafeBitCast(address, to: type)
    }
    begin = try function("begin", Begin.self)
    exchange = try function("exchange", Exchange.self)
    test = try function("test", Test.self)
    explain = try function("explain", Explain.self)
    end = try function("end", End.self)
  }

  private static func unusable(_ place: String) -> TrainError {
    let reason = dlerror().map { String(cString: $0).printable } ?? "unknown"
    return .setting(
      "\(place.printable) cannot be loaded: \(reason). Build it anew with the MPI of this machine, by make MPI=1."
    )
  }

  /// Where it may lie: as the environment says, or as it is installed, or beside the program.
  private static var places: [String] {
    if let named = getenv("FERM_MPI"), named.pointee != 0 { return [String(cString: named)] }
    guard let path = realpath("/proc/self/exe", nil) else { return [] }
    defer { free(path) }
    let folder = String(cString: path).split(separator: "/").dropLast()
    func place(_ parts: [Substring]) -> String { "/" + parts.joined(separator: "/") + "/\(name)" }
    return [place(folder.dropLast() + ["lib", "ferm"]), place(Array(folder))]
  }

  /// What MPI says of a code.
  func words(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 1024)
    explain(code, &text)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
