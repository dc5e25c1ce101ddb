internal import CZlib
internal import FermSystem

/// How hard a writer tries to make a file small.
public enum Packing: Sendable {
  /// No compression; the bytes are the same on every machine.
  case stored
  /// Byte planes and Huffman codes alone: nearly the smallest for dense weights, and fast.
  case fast
  /// Every codec and strategy; the smallest result wins.
  case smallest
}

/// One tensor's packed bytes.
struct PackedTensor {
  let record: StoredTensor
  let bytes: [UInt8]

  init(_ weight: Model.Weight, packing: Packing) throws(FormatError) {
    let raw = unsafe Array(weight.data.bytes)
    var best = (codec: Codec.stored, bytes: raw)
    func consider(_ codec: Codec, _ packed: [UInt8]) {
      if packed.count < best.bytes.count { best = (codec, packed) }
    }
    if packing == .smallest {
      consider(.zlib, try deflated(raw, level: 9, strategy: Z_DEFAULT_STRATEGY))
    }
    if packing != .stored && weight.info.type.width == 1 {
      consider(.zlib, try deflated(raw, level: 9, strategy: Z_HUFFMAN_ONLY))
    } else if packing != .stored {
      let planes = shuffled(raw, width: weight.info.type.width)
      consider(.shuffledZlib, try deflated(planes, level: 9, strategy: Z_HUFFMAN_ONLY))
      if packing == .smallest {
        consider(.shuffledZlib, try deflated(planes, level: 9, strategy: Z_DEFAULT_STRATEGY))
      }
    }
    var sum = CRC32()
    sum.add(best.bytes)
    record = StoredTensor(
      info: weight.info, codec: best.codec, statedBytes: UInt32(best.bytes.count), checksum: sum.value)
    bytes = best.bytes
  }
}

/// The bytes of elements as one zlib stream of byte planes, packed fast; with `.stored`, not compressed.
func packedPlanes(of raw: [UInt8], width: Int, packing: Packing) throws(FormatError) -> [UInt8] {
  try deflated(
    shuffled(raw, width: width), level: packing == .stored ? 0 : 9, strategy: Z_HUFFMAN_ONLY)
}

/// Byte planes, block by block (spec section 5).
private func shuffled(_ raw: [UInt8], width: Int) -> [UInt8] {
  var planes = [UInt8](repeating: 0, count: raw.count)
  // SAFETY: each block lies within both arrays.
  unsafe raw.withUnsafeBufferPointer { from in
    unsafe planes.withUnsafeMutableBufferPointer { to in
      guard let source = from.baseAddress, let target = to.baseAddress else { return }
      var done = 0
      while done < from.count {
        let count = min(shuffleBlock * width, from.count - done)
        unsafe ferm_shuffle(source + done, target + done, count / width, width)
        done += count
      }
    }
  }
  return planes
}

/// One zlib stream.
private func deflated(_ raw: [UInt8], level: Int32, strategy: Int32) throws(FormatError) -> [UInt8] {
  var stream = unsafe z_stream()
  let size = unsafe Int32(MemoryLayout<z_stream>.size)
  guard unsafe deflateInit2_(&stream, level, Z_DEFLATED, 15, 9, strategy, ZLIB_VERSION, size) == Z_OK else {
    throw FormatError(.memory, "There is not enough memory to compress a tensor.")
  }
  defer { unsafe deflateEnd(&stream) }
  // zlib's own bound is too small for a few bytes at level 0.
  var packed = [UInt8](repeating: 0, count: 64 + Int(unsafe deflateBound(&stream, UInt(raw.count))))
  // SAFETY: both buffers are the arrays' own, for the time of the call; zlib only reads the input.
  let result = unsafe raw.withUnsafeBufferPointer { input in
    unsafe packed.withUnsafeMutableBufferPointer { output in
      unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.avail_in = UInt32(input.count)
      unsafe stream.next_out = output.baseAddress
      unsafe stream.avail_out = UInt32(output.count)
      return unsafe deflate(&stream, Z_FINISH)
    }
  }
  guard result == Z_STREAM_END else { throw FormatError(.memory, "A tensor could not be compressed.") }
  packed.removeLast(packed.count - Int(unsafe stream.total_out))
  return packed
}
