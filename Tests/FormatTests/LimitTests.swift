import Testing

@testable import FermFormat

@Suite("Limits")
struct LimitTests {
  @Test("hold at their bounds and are broken just beyond, however far", arguments: LimitCases.all.indices)
  func bounds(index: Int) {
    let (name, fault, found) = LimitCases.all[index]
    #expect(found() == fault, "\(name)")
  }

  @Test("that are beyond 32 bits are counted in 64")
  func width() {
    let most: Int64 = Limits.multiplyAdds
    #expect(most == 1_099_511_627_776)
    #expect(Limits.mostDecoded(from: UInt64(UInt32.max)) == 1032 * UInt64(UInt32.max) + 64)
  }

  @Test("the end of a chunk is compared in 64 bits, so that no length wraps around")
  func chunks() {
    let type = ChunkType("HEAD")
    for length in [UInt32.max, UInt32.max - 7, 1 << 31, 1 << 30, 89] {
      #expect(Chunk(type: type, start: 16, length: length, limit: 120) == nil, "\(length)")
    }
    #expect(Chunk(type: type, start: 16, length: 88, limit: 120)?.end == 120)
  }
}
