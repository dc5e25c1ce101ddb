/* The passes of a resize of 8-bit pixels (image.c), in whole numbers: every set gives the same. */

typedef int32_t sums_vec __attribute__((ext_vector_type(4)));
typedef uint8_t bytes_vec __attribute__((ext_vector_type(4)));

/* No sum reaches 2^31: weights add up to 2^FERM_SPAN_BITS and half a unit for each of fewer than 2^19 pixels, as no side that is
   resized is longer than that. */
INLINE uint8_t rounded(int32_t sum) {
  sum = (sum + (1 << (FERM_SPAN_BITS - 1))) >> FERM_SPAN_BITS;
  return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

/* Across: one channel, or three. */
static void NAME(resize_row)(const uint8_t *source, int length, int channels, const ferm_span *spans, int width, uint8_t *result) {
  for (int x = 0; x < width; x++) {
    const ferm_span *s = &spans[x];
    const uint8_t *from = source + (size_t)s->first * (size_t)channels;
    if (channels == 1) {
      int32_t sum = 0;
      for (int j = 0; j < s->count; j++) sum += s->weight[j] * from[j];
      *result++ = rounded(sum);
      continue;
    }
    /* A register holds a pixel and a byte behind it, which the row's last pixel may not have. */
    int whole = s->first + s->count < length ? s->count : s->count - 1;
    sums_vec sum = (sums_vec)(0);
    for (int j = 0; j < whole; j++, from += 3) {
      bytes_vec pixel;
      memcpy(&pixel, from, 4);
      sum += s->weight[j] * __builtin_convertvector(pixel, sums_vec);
    }
    if (whole >= 0 && whole < s->count)
      for (int c = 0; c < 3; c++) sum[c] += s->weight[whole] * from[c];
    for (int c = 0; c < 3; c++) *result++ = rounded(sum[c]);
  }
}

/* Down: adds a row's share of another. */
static void NAME(add_row)(int32_t *restrict sums, int32_t weight, const uint8_t *restrict row, size_t count) {
  for (size_t x = 0; x < count; x++) sums[x] += weight * row[x];
}

/* Writes each sum so many times. */
static void NAME(round_sums)(const int32_t *restrict sums, size_t count, int copies, uint8_t *restrict result) {
  if (copies == 1) {
    for (size_t i = 0; i < count; i++) result[i] = rounded(sums[i]);
    return;
  }
  for (size_t i = 0; i < count; i++)
    for (int c = 0; c < copies; c++) *result++ = rounded(sums[i]);
}
