internal import FermFormat

extension Tensor {
  /// The element at a place in row-major order; copies of the tensor see what is written.
  ///
  /// For a few elements, which may be written from several threads if no two write the same; loops use ``withSpan(_:)`` and
  /// ``withMutableSpan(_:)``.
  public subscript(index: Int) -> Float {
    get {
      precondition((0..<count).contains(index), "element \(index) of \(count)")
      // SAFETY: the storage holds `count` floats.
      return unsafe storage.pointer[index]
    }
    nonmutating set {
      precondition((0..<count).contains(index), "element \(index) of \(count)")
      // SAFETY: the storage holds `count` floats.
      unsafe storage.pointer[index] = newValue
    }
  }

  /// Lends the elements for reading as long as `body` runs.
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the storage holds as many floats, and lives as long as the closure runs; a span cannot leave it.
    try withExtendedLifetime(storage) { storage throws(Failure) in
      try body(unsafe Span(_unsafeStart: storage.pointer, count: storage.count))
    }
  }

  /// Lends the elements for writing as long as `body` runs, in which nobody else may read or write them: the tensor's copies
  /// share them.
  public func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the storage holds as many floats, and lives as long as the closure runs; a span cannot leave it.
    try withExtendedLifetime(storage) { storage throws(Failure) in
      var elements = unsafe MutableSpan(_unsafeStart: storage.pointer, count: storage.count)
      return try body(&elements)
    }
  }

  /// A copy of some of the rows, of which there are as many as the first dimension says.
  func copy(of rows: Range<Int>, pool: BufferPool?) -> Tensor {
    let size = count / max(shape[0], 1)
    let part = Tensor(unfilled: Shape([rows.count] + shape.dimensions.dropFirst()), pool: pool)
    withSpan { from in
      part.withMutableSpan { to in for i in to.indices { to[i] = from[rows.lowerBound * size + i] } }
    }
    return part
  }

  /// Gives every element the same value.
  public func fill(_ value: Float) { withMutableSpan { $0.update(repeating: value) } }

  /// Writes elements over the tensor's own.
  ///
  /// - Precondition: there are as many.
  public func update(from values: [Float]) {
    precondition(values.count == count, "\(values.count) values for a tensor of \(count)")
    withMutableSpan { to in for i in to.indices { to[i] = values[i] } }
  }
}

// MARK: - Shared work

/// Somebody who shares work out between threads.
protocol WorkSharing {
  /// Calls `body` with ranges that cover `count` and do not overlap, from any thread.
  func share(_ count: Int, _ body: (Range<Int>) -> Void)
}

extension Tensor {
  /// Calls `body` with items that are this call's alone and their elements, for all of `items` and from several threads; the
  /// tensor holds `count / items` elements for each, one item after the other.
  @inline(__always)
  func writeItems(
    _ items: Int, _ sharing: some WorkSharing,
    _ body: (_ items: Range<Int>, _ elements: inout MutableSpan<Float>) -> Void
  ) {
    let each = count / max(items, 1)
    // SAFETY: ranges lie below `items` and do not overlap, so that no two closures see the same element; the storage
    // outlives the call.
    withExtendedLifetime(storage) { storage in
      sharing.share(items) { range in
        var elements = unsafe MutableSpan(
          _unsafeStart: storage.pointer + range.lowerBound * each, count: range.count * each)
        body(range, &elements)
      }
    }
  }

  /// The same with the items' elements in two other tensors.
  @inline(__always)
  func writeItems(
    _ items: Int, _ sharing: some WorkSharing, from a: Tensor, _ b: Tensor,
    _ body: (
      _ items: Range<Int>, _ elements: inout MutableSpan<Float>, _ a: Span<Float>, _ b: Span<Float>
    ) -> Void
  ) {
    let (eachOfA, eachOfB) = (a.count / max(items, 1), b.count / max(items, 1))
    a.withSpan { a in
      b.withSpan { b in
        writeItems(items, sharing) { part, to in
          body(
            part, &to, a.extracting((part.lowerBound * eachOfA)..<(part.upperBound * eachOfA)),
            b.extracting((part.lowerBound * eachOfB)..<(part.upperBound * eachOfB)))
        }
      }
    }
  }

  /// Calls `body` with pieces of the tensor, for all of it and from several threads.
  @inline(__always)
  func writePieces(_ sharing: some WorkSharing, _ body: (inout MutableSpan<Float>) -> Void) {
    writeItems(count, sharing) { _, to in body(&to) }
  }

  /// The same with the pieces of another tensor of the same size.
  @inline(__always)
  func writePieces(
    _ sharing: some WorkSharing, from a: Tensor, _ body: (inout MutableSpan<Float>, Span<Float>) -> Void
  ) {
    a.withSpan { a in writeItems(count, sharing) { part, to in body(&to, a.extracting(part)) } }
  }

  /// The same with the pieces of two others.
  @inline(__always)
  func writePieces(
    _ sharing: some WorkSharing, from a: Tensor, _ b: Tensor,
    _ body: (inout MutableSpan<Float>, Span<Float>, Span<Float>) -> Void
  ) {
    a.withSpan { a in
      b.withSpan { b in
        writeItems(count, sharing) { part, to in body(&to, a.extracting(part), b.extracting(part)) }
      }
    }
  }
}
