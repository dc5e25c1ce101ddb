import FermFiles
import FermToolSupport

/// The frames of standard input, a file or a pipe that are to be looked at, one after the other.
final class FrameStream {
  private let wish: FrameWish
  private let pixelLimit: Int
  private var reader: (any FrameReader)?
  private var bytes: ByteRecords?
  private var rate: FrameRate?
  private var size: (width: Int, height: Int)?
  /// Frames that were read or read past.
  private(set) var count = 0
  /// What is worth saying, though nothing is wrong.
  private(set) var notes: [String] = []

  init(_ wish: FrameWish, pixelLimit: Int) { (self.wish, self.pixelLimit) = (wish, pixelLimit) }

  /// How long the frames that were read are, where it is known.
  var duration: FrameTime? { rate?.time(of: count) }

  /// The next frame; nil at the end. Waits for a pipe's first writer.
  ///
  /// - Throws: one sentence; `usage` where an option asks for what the stream lacks.
  func next() throws(FileError) -> Work? {
    if reader == nil { try open() }
    while true {
      let isWanted = count % wish.every == 0
      let found: (frame: RawFrame, width: Int, height: Int)?
      do throws(FrameFault) { found = try reader?.next(isWanted: isWanted) } catch {
        throw fault("frame \(count)", bytes?.failure.map { "it cannot be read: \($0)" } ?? error.words)
      }
      guard let found else {
        if let reason = bytes?.failure { throw fault("frame \(count)", "it cannot be read: \(reason)") }
        guard count > 0 else { throw fault("the stream", "it has no frame") }
        return nil
      }
      if let size, size != (found.width, found.height) {
        throw fault(
          "frame \(count)",
          "it has \(found.width) x \(found.height) pixels, and those before it \(size.width) x \(size.height); ffmpeg's -vf scale=\(size.width):\(size.height) gives all of them one size"
        )
      }
      size = (found.width, found.height)
      defer { count += 1 }
      guard isWanted else { continue }
      var work = Work(path: wish.input)
      work.moment = FrameMoment(number: count, time: rate?.time(of: count))
      switch found.frame {
      case .picture(let content): work.content = .success(content)
      case .planes(let planes): work.planes = planes
      }
      return work
    }
  }

  private func open() throws(FileError) {
    let bytes = wish.input == FilePath("-") ? ByteRecords() : try ByteRecords(path: wish.input)
    self.bytes = bytes
    do throws(FrameFault) {
      reader = try FrameReaders.reader(of: bytes, pixelLimit: pixelLimit)
    } catch { throw fault("the stream", error.words) }
    if let reason = bytes.failure { throw fault("the stream", "it cannot be read: \(reason)") }
    guard let reader else {
      guard !bytes.peek(1).isEmpty else { throw fault("the stream", "it is empty") }
      throw fault(
        "the stream",
        "it is neither Y4M nor JPEG or PNM pictures one after another; ffmpeg -i VIDEO -pix_fmt yuv420p -f yuv4mpegpipe - makes Y4M of any video"
      )
    }
    rate = wish.rate ?? reader.rate
    notes = reader.notes
    guard rate == nil else { return }
    guard wish.smoothing == nil else {
      throw FileError(
        "--smooth needs times, and the stream does not say how many frames a second has: say it with --rate.",
        kind: .usage)
    }
    notes.append(
      "the stream does not say how many frames a second has, so records have no time; --rate says it.")
  }

  private func fault(_ place: String, _ words: String) -> FileError {
    FileError("\(bytes?.name ?? wish.input.printable), \(place): \(words).")
  }
}
