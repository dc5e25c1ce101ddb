/* Convolution of planar maps with few channels, by its definition. One piece of work is an image. */

static void pad_planar(const ferm_thin *t, int image, float *to) {
  const float *from = t->x + (size_t)image * (size_t)(t->channels * t->height * t->width);
  for (int c = 0; c < t->channels; c++, from += t->height * t->width)
    for (int y = 0; y < t->padded_height; y++)
      for (int x = 0; x < t->padded_width; x++, to++) {
        int from_y = y - t->pad_top, from_x = x - t->pad_left;
        int inside = from_y >= 0 && from_y < t->height && from_x >= 0 && from_x < t->width;
        *to = inside ? from[from_y * t->width + from_x] : 0;
      }
}

static void NAME(thin)(ferm_thin *t, size_t part) {
  float *copy = t->scratch + part * t->scratch_size;
  size_t plane = (size_t)t->pixels * LANES;
  long image;
  while ((image = take(&t->next)) < t->images) {
    pad_planar(t, (int)image, copy);
    for (int panel = 0; panel < t->panels; panel++) {
      ferm_product p = {.x = copy, .row_offsets = t->pixel_offsets, .offsets = t->offsets, .rows = t->pixels,
                        .depth = t->depth, .weights = t->filters + (size_t)panel * (size_t)t->depth * COLUMNS,
                        .c = t->y + ((size_t)image * (size_t)t->out_blocks + (size_t)panel * VECTORS) * plane, .c_row_pitch = LANES,
                        .c_vector_pitch = (ptrdiff_t)plane, .vectors = smaller(VECTORS, t->out_blocks - panel * VECTORS),
                        .finish = 1, .bias = t->bias + panel * COLUMNS};
      NAME(product)(&p);
    }
  }
}

/* `count` taps from offsets on: sums over all pixels of x times dy, for one block of outputs. */
INLINE void thin_taps(const ferm_thin *t, const float *copy, const float *dy, const int32_t *offsets, const int count,
                      float *to, size_t row) {
  vec sum[4];
  UNROLLED for (int k = 0; k < count; k++) sum[k] = (vec)0.0f;
  for (int p = 0; p < t->pixels; p++, dy += LANES) {
    const float *window = copy + t->pixel_offsets[p];
    vec d = load(dy);
    UNROLLED for (int k = 0; k < count; k++) sum[k] = multiply_add(splat(window[offsets[k]]), d, sum[k]);
  }
  UNROLLED for (int k = 0; k < count; k++) store(to + (size_t)k * row, sum[k]);
}

static void NAME(thin_gradient)(ferm_thin *t, size_t part) {
  float *copy = t->scratch + part * t->scratch_size;
  size_t plane = (size_t)t->pixels * LANES, row = (size_t)(t->out_blocks * LANES);
  long image;
  while ((image = take(&t->next)) < t->images) {
    pad_planar(t, (int)image, copy);
    for (int block = 0; block < t->out_blocks; block++) {
      const float *dy = t->dy + ((size_t)image * (size_t)t->out_blocks + (size_t)block) * plane;
      float *to = t->sums + (size_t)image * (size_t)(t->depth + 1) * row + (size_t)(block * LANES);
      for (int k = 0, count; k < t->depth; k += count, to += (size_t)count * row) {
        count = smaller(4, t->depth - k);
        switch (count) {
          case 1: thin_taps(t, copy, dy, t->offsets + k, 1, to, row); break;
          case 2: thin_taps(t, copy, dy, t->offsets + k, 2, to, row); break;
          case 3: thin_taps(t, copy, dy, t->offsets + k, 3, to, row); break;
          default: thin_taps(t, copy, dy, t->offsets + k, 4, to, row); break;
        }
      }
      vec sum = (vec)0.0f;
      for (int p = 0; p < t->pixels; p++) sum += load(dy + p * LANES);
      store(to, sum);
    }
  }
}
