/// Messages between the processes of a group, two at a time.
///
/// One thread uses it. What both ends ask for must fit: a process that sends to another receives from it in the same call.
public protocol Transport {
  /// The place of this process among all, from 0.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }
  /// Sends bytes to another process, and fills `received` with what that one sends meanwhile.
  ///
  /// - Throws: `processLost` when the other process is gone, or does not answer.
  func exchange(_ sent: RawSpan, into received: inout MutableRawSpan, with other: Int) throws(TrainError)
  /// Takes leave of the others, who do the same; nothing is exchanged afterwards.
  func close()
}
