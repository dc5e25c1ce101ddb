internal import COpenBLAS

/// Products of row-major matrices by OpenBLAS, one thread each: the caller shares work out, so that bits do not depend
/// on the number of threads.
enum MatrixProduct {
  /// Keeps OpenBLAS from making threads of its own, once and before its first use.
  static func prepare() { isPrepared }
  private static let isPrepared: Void = openblas_set_num_threads(1)

  /// `c = a b + beta c`, with `a` `[rows, inner]` and `b` `[inner, columns]` after the optional transpositions.
  ///
  /// The leading dimensions are the row lengths as stored.
  static func multiply(
    _ a: UnsafePointer<Float>, transposedA aT: Bool = false, lda: Int,
    _ b: UnsafePointer<Float>, transposedB bT: Bool = false, ldb: Int,
    into c: UnsafeMutablePointer<Float>, ldc: Int,
    rows: Int, columns: Int, inner: Int, beta: Float = 0
  ) {
    // SAFETY: every caller derives sizes and row lengths from the shapes of the tensors it passes.
    unsafe cblas_sgemm(
      CblasRowMajor, aT ? CblasTrans : CblasNoTrans, bT ? CblasTrans : CblasNoTrans,
      blasint(rows), blasint(columns), blasint(inner), 1, a, blasint(lda), b, blasint(ldb), beta, c,
      blasint(ldc))
  }
}
