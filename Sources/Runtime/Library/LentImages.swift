internal import CFerm
internal import FermFormat

/// The images of a call, each a `ferm_image` or a `ferm_picture` of the program's version, which may be newer than the library's.
@safe struct LentImages {
  // SAFETY: the caller lends `count` images, `size` bytes apart, until the call returns; they need not be aligned.
  let start: UnsafePointer<ferm_image>
  let size: Int
  let count: Int

  /// Why a program's structs cannot have so many bytes; nil where they can.
  static func refusal(ofSize size: Int) -> ferm_status? {
    guard unsafe ferm_is_struct_size(size, MemoryLayout<ferm_image>.size) != 0 else {
      return refused(
        FERM_ARGUMENT,
        "image_size must be sizeof(ferm_image), or of a struct that begins with one, such as ferm_picture.")
    }
    return nil
  }

  /// - Throws: `value`, `unsupported` or `limit` for an image that this library cannot take.
  subscript(_ i: Int) -> LentPicture {
    get throws(FormatError) {
      var known = unsafe ferm_picture()
      let image = unsafe UnsafeRawPointer(start) + i * size
      guard unsafe ferm_copy_struct(&known, MemoryLayout<ferm_picture>.size, image, size) != 0 else {
        throw FormatError(
          .unsupported,
          "Image \(i) has a field that this library does not know; make it 0, or use a newer library.")
      }
      do throws(PictureFault) { return try unsafe LentPicture(known) } catch {
        throw FormatError(error.code, "Image \(i) \(error.words)")
      }
    }
  }
}
