/* The gradient of a first layer's filters, by its definition. One piece of work is an image. */

/* `count` taps from offsets on: sums over all pixels of x times dy, for one block of outputs. */
INLINE void thin_taps(const ferm_direct *d, const float *from, const float *dy, const int32_t *offsets, const int count,
                      float *to, size_t row) {
  vec sum[4];
  UNROLLED for (int k = 0; k < count; k++) sum[k] = (vec)0.0f;
  for (int p = 0; p < d->pixels; p++, dy += LANES) {
    const float *window = from + d->pixel_offsets[p];
    vec given = load(dy);
    UNROLLED for (int k = 0; k < count; k++) sum[k] = multiply_add(splat(window[offsets[k]]), given, sum[k]);
  }
  UNROLLED for (int k = 0; k < count; k++) store(to + (size_t)k * row, sum[k]);
}

static void NAME(thin_gradient)(ferm_thin_gradient *t, size_t part) {
  const ferm_direct *d = &t->map;
  size_t plane = (size_t)d->pixels * LANES, row = (size_t)(d->out_blocks * LANES);
  long image;
  while ((image = take(&t->next)) < d->images) {
    const float *from = padded(d, (int)image, d->scratch + part * d->scratch_size);
    for (int block = 0; block < d->out_blocks; block++) {
      const float *dy = t->dy + (size_t)image * d->out_pitch + (size_t)block * plane;
      float *to = t->sums + (size_t)image * (size_t)(d->depth + 1) * row + (size_t)(block * LANES);
      for (int k = 0, count; k < d->depth; k += count, to += (size_t)count * row) {
        count = smaller(4, d->depth - k);
        switch (count) {
          case 1: thin_taps(d, from, dy, d->offsets + k, 1, to, row); break;
          case 2: thin_taps(d, from, dy, d->offsets + k, 2, to, row); break;
          case 3: thin_taps(d, from, dy, d->offsets + k, 3, to, row); break;
          default: thin_taps(d, from, dy, d->offsets + k, 4, to, row); break;
        }
      }
      vec sum = (vec)0.0f;
      for (int p = 0; p < d->pixels; p++) sum += load(dy + p * LANES);
      store(to, sum);
    }
  }
}
