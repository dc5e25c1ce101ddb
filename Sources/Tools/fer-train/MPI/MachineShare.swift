import FermFiles
import FermToolSupport
import FermTrain

/// The processes on one machine, of which the first decodes for all; the others read its results out of its memory.
struct MachineShare: DecodingShare {
  private let team: Team

  /// Shares among the processes of a team; nil where there is one alone.
  init?(_ team: Team) {
    guard team.group.count > 1 else { return nil }
    self.team = team
  }

  func once(_ make: () throws(TrainError) -> [UInt8]) throws(TrainError) -> [UInt8] {
    let owner = team.neighbours[0]
    let isOwner = team.group.rank == owner
    var (own, file): ([UInt8], MemoryFile?) = ([], nil)
    let places = try team.words(
      Result {
        guard isOwner else { return [] }
        own = try make()
        guard team.neighbours.count > 1 else { return [] }
        let made = try MemoryFile(own)
        file = made
        return Array(made.path.utf8)
      })
    let found = Result { () throws -> [UInt8] in
      if isOwner { return own }
      return try MemoryFile.bytes(at: String(decoding: places[owner], as: UTF8.self))
    }
    // The file goes when all have read it.
    _ = try team.words(found.map { _ in [] })
    withExtendedLifetime(file) {}
    return (try? found.get()) ?? own
  }
}
