// What libFuzzer calls. Its own options are documented at https://llvm.org/docs/LibFuzzer.html;
// `ferm-fuzz --target=parse` chooses the target.
import FermFuzzSystem
import TestSupport

/// The target that the command line names; libFuzzer skips options with two dashes.
private let target: Target = {
  for word in CommandLine.arguments where word.hasPrefix("--target=") {
    if let target = Target(rawValue: String(word.dropFirst(9))) { return target }
  }
  let names = Target.allCases.map { $0.rawValue }.joined(separator: ", ")
  fatalError("Choose a target: ferm-fuzz --target=NAME, one of \(names).")
}()

/// Feeds one input to the target; libFuzzer calls it.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  // What a first run keeps may be a cache; what every run keeps is a leak.
  for _ in 0..<4 {
    ferm_watch_begin(target.memoryLimit(size))
    target.run(bytes)
    if ferm_watch_end() <= 0 { return 0 }
  }
  fatalError("Memory is taken and not given back.")
}

/// Changes an input in place and gives its new size; libFuzzer calls it.
@c(LLVMFuzzerCustomMutator)
public func mutate(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ limit: Int, _ seed: CUnsignedInt)
  -> Int
{
  guard let data else { return 0 }
  let buffer = UnsafeMutableBufferPointer(start: data, count: limit)
  var random = Random(seed: UInt64(seed))
  guard target.takesFiles, random.below(8) > 0,
    var file = ChunkList(Array(buffer[..<size])), !file.chunks.isEmpty
  else { return LLVMFuzzerMutate(data, size, limit) }
  file.mutate(&random)
  let bytes = file.encoded(fitting: random.below(8) > 0)
  guard bytes.count <= limit else { return LLVMFuzzerMutate(data, size, limit) }
  _ = buffer.update(fromContentsOf: bytes)
  return bytes.count
}
