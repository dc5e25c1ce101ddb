/* A square of registers, its rows made columns: each round moves the lowest bit of a column's number to the top of the row's. */
INLINE void transpose(vec rows[LANES]) {
  typedef float pair __attribute__((ext_vector_type(2 * LANES)));
  vec next[LANES];
  UNROLLED for (int size = 1; size < LANES; size *= 2) {
    UNROLLED for (int i = 0; i < LANES / 2; i++) {
      pair both = {0};
      both.lo = rows[2 * i], both.hi = rows[2 * i + 1];
      next[i] = both.even, next[i + LANES / 2] = both.odd;
    }
    UNROLLED for (int i = 0; i < LANES; i++) rows[i] = next[i];
  }
}

/* The first `count` of a register, which are all that may be read or written; zeros behind them. */
INLINE vec load_some(const float *from, int count) {
  if (count >= LANES) return load(from);
  float some[LANES] = {0};
  for (int i = 0; i < count; i++) some[i] = from[i];
  return load(some);
}

INLINE void store_some(float *to, vec value, int count) {
  if (count >= LANES) {
    store(to, value);
    return;
  }
  float some[LANES];
  store(some, value);
  for (int i = 0; i < count; i++) to[i] = some[i];
}
