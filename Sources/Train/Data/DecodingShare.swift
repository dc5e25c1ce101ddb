/// Lets one of several processes on a machine decode the faces for all of them.
public protocol DecodingShare {
  /// What one of the processes makes, in all of them; it makes nothing in the others.
  ///
  /// Every process asks as often as the others.
  /// - Throws: what `make` throws in that process.
  func once(_ make: () throws(TrainError) -> [UInt8]) throws(TrainError) -> [UInt8]
}
