/* What products read, made of floats: floats themselves; or, narrow, pairs of bf16, each a unit that takes the place of a
   float. A pair is two steps of a product's depth. */

/* Units that so many steps fill. */
INLINE int units(int steps) { return (steps + IN_UNIT - 1) / IN_UNIT; }

#ifdef NARROW

/* Lane by lane, the lower half of a unit first. */
INLINE vec paired(bf16_vec even, bf16_vec odd) {
  return __builtin_bit_cast(vec, __builtin_convertvector(even, bits_vec) | __builtin_convertvector(odd, bits_vec) << 16);
}

INLINE bf16_vec load_elements(const element *from) { return *(const loose_bf16_vec *)from; }

/* `count` floats that follow each other; the last unit is filled up with zero. */
INLINE void copy_units(const float *from, int count, float *to) {
  int i = 0;
  for (; i + LANES <= count; i += LANES) store_element((element *)to + i, load(from + i));
  if (i == count) return;
  float rest[LANES] = {0};
  memcpy(rest, from + i, (size_t)(count - i) * sizeof(float));
  bf16_vec last = narrowed(load(rest));
  memcpy((element *)to + i, &last, (size_t)units(count - i) * sizeof(float));
}

/* The steps of one unit for a register of columns: rows that lie `pitch` floats apart, of which `count` are left. */
INLINE vec unit_of(const float *from, size_t pitch, int count) {
  return paired(narrowed(load(from)), narrowed(count > 1 ? load(from + pitch) : (vec)0.0f));
}

#else

INLINE void copy_units(const float *from, int count, float *to) { memcpy(to, from, (size_t)count * sizeof(float)); }

INLINE vec unit_of(const float *from, size_t pitch, int count) {
  (void)pitch, (void)count;
  return load(from);
}

#endif
