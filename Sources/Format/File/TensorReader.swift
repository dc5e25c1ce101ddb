internal import CZlib
internal import FermSystem

/// Elements that are shuffled together (spec section 5).
let shuffleBlock = 65_536

/// Packed bytes in a file: where they are, and what to call them when they are bad.
struct PackedBytes {
  let source: ByteSource
  let place: UInt64
  let count: Int
  let codec: Codec
  let what: String

  /// Fills `data`, whose size is that of the decoded bytes, of elements of `width` bytes; returns the checksum of the stored
  /// bytes.
  func decode(into data: AlignedBytes, width: Int) throws(FormatError) -> CRC32 {
    var sum = CRC32()
    switch codec {
    case .stored:
      unsafe try source.read(at: place, into: data.mutableBytes)
      unsafe sum.add(data.bytes)
    case .zlib:
      var inflater = try Inflater(self, decoded: data.count)
      unsafe try inflater.fill(data.mutableBytes)
      sum = try inflater.finish()
    case .shuffledZlib:
      var inflater = try Inflater(self, decoded: data.count)
      let planes = try AlignedBytes(count: min(shuffleBlock * width, data.count))
      var done = 0
      while done < data.count {
        let count = min(shuffleBlock * width, data.count - done)
        // SAFETY: both slices are count bytes long and lie within their buffers.
        let block = unsafe UnsafeMutableRawBufferPointer(rebasing: planes.mutableBytes[..<count])
        unsafe try inflater.fill(block)
        if let from = block.baseAddress, let to = unsafe data.mutableBytes.baseAddress {
          unsafe ferm_unshuffle(
            from.assumingMemoryBound(to: UInt8.self), (to + done).assumingMemoryBound(to: UInt8.self),
            count / width, width)
        }
        done += count
      }
      sum = try inflater.finish()
    }
    return sum
  }
}

/// Decodes one tensor from the file, piece by piece.
struct TensorReader {
  let source: ByteSource
  let tensor: StoredTensor
  let isVariance: Bool
  let place: UInt64

  /// Fills `data`, whose size is the tensor's; checks the checksum of the stored bytes, and the elements.
  func decode(into data: AlignedBytes) throws(FormatError) {
    let packed = PackedBytes(
      source: source, place: place, count: tensor.storedBytes, codec: tensor.codec,
      what: "Tensor \(tensor.info.name)")
    let sum = try packed.decode(into: data, width: tensor.info.type.width)
    guard sum.value == tensor.checksum else {
      throw FormatError(
        .checksum, at: place,
        "The checksum of tensor \(tensor.info.name) does not match; the file is damaged, copy it again.")
    }
    try Model.Weight(info: tensor.info, data: data).validateElements(isVariance: isVariance, at: place)
  }
}

/// One zlib stream (RFC 1950) of known decoded size, read in pieces.
@safe private struct Inflater: ~Copyable {
  private let packed: PackedBytes
  private let decoded: Int
  private let window: AlignedBytes
  private let stream: UnsafeMutablePointer<z_stream>
  private var taken = 0
  private var ended = false
  private var sum = CRC32()

  init(_ packed: PackedBytes, decoded: Int) throws(FormatError) {
    let window = try AlignedBytes(count: min(packed.count, 1 << 17))
    unsafe self.init(packed: packed, decoded: decoded, window: window, stream: try Self.open())
  }

  private init(
    packed: PackedBytes, decoded: Int, window: AlignedBytes, stream: UnsafeMutablePointer<z_stream>
  ) {
    self.packed = packed
    self.decoded = decoded
    self.window = window
    unsafe self.stream = stream
  }

  private static func open() throws(FormatError) -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      unsafe stream.deallocate()
      throw FormatError(.memory, "There is not enough memory to decompress a tensor.")
    }
    return unsafe stream
  }

  // SAFETY: the stream is this value's alone.
  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates exactly `output.count` bytes.
  mutating func fill(_ output: UnsafeMutableRawBufferPointer) throws(FormatError) {
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(output.count)
    while unsafe stream.pointee.avail_out > 0 {
      guard !ended else { throw bad("holds too few bytes") }
      try step()
    }
  }

  /// Checks that the stream ends here with nothing behind it; returns the checksum of its stored bytes.
  mutating func finish() throws(FormatError) -> CRC32 {
    var spare: UInt8 = 0
    while !ended {
      // SAFETY: the one-byte output is only lent for the call.
      unsafe try withUnsafeMutablePointer(to: &spare) { pointer throws(FormatError) in
        unsafe stream.pointee.next_out = unsafe pointer
        unsafe stream.pointee.avail_out = 1
        try step()
      }
      guard unsafe stream.pointee.avail_out == 1 else { throw bad("holds too many bytes") }
    }
    guard unsafe taken == packed.count && stream.pointee.avail_in == 0 else {
      throw bad("has bytes behind its compressed stream")
    }
    return sum
  }

  private mutating func step() throws(FormatError) {
    if unsafe stream.pointee.avail_in == 0 {
      guard taken < packed.count else { throw bad("ends in the middle of its compressed stream") }
      // Blocks without content cost time and give nothing; what cannot be compressed grows by a thousandth.
      let most = decoded + decoded / 4 + 1024
      guard taken < most else {
        throw FormatError(
          .limit, at: packed.place,
          "\(packed.what) takes more than \(most) stored bytes for \(decoded): far more than any writer needs; pack it again."
        )
      }
      let count = min(window.count, packed.count - taken, most - taken)
      // SAFETY: count bytes fit the window, which outlives the stream's use of it.
      let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: window.mutableBytes[..<count])
      unsafe try packed.source.read(at: packed.place + UInt64(taken), into: piece)
      unsafe sum.add(UnsafeRawBufferPointer(piece))
      unsafe stream.pointee.next_in = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_in = UInt32(count)
      taken += count
    }
    switch unsafe inflate(stream, Z_NO_FLUSH) {
    case Z_OK: break
    case Z_STREAM_END: ended = true
    case Z_MEM_ERROR: throw .noMemory
    default: throw bad("does not decompress; the file is damaged, copy it again")
    }
  }

  private func bad(_ what: StaticString) -> FormatError {
    FormatError(.weights, at: packed.place, "\(packed.what) \(what).")
  }
}
