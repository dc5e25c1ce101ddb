/* What puts maps beside each other, into larger ones, and makes them larger themselves. No multiply-add is fused here, so that
   every instruction set gives the same bits. */

/* One row of a map whose channels begin in lane `shift` of the output's blocks: the lanes below it come from `low`, the block
   before, and the others from `high`. Before the first block the output keeps its own; after the last one there are zeros.
   Registers are loaded from between two pixels; those that would begin before the first block, or end after the last one, are
   not. */
static void spliced_row(const float *low, const float *high, int shift, float *to, int width) {
  int_vec lane, below;
  UNROLLED for (int i = 0; i < LANES; i++) lane[i] = i;
  below = lane < shift;
  if (low && high) {
    ROLLED for (int x = 0; x < width * LANES; x += LANES)
      store(to + x, below ? load(low + x + LANES - shift) : load(high + x - shift));
  } else if (high) {
    memcpy(to + shift, high, (size_t)(LANES - shift) * sizeof *to);
    ROLLED for (int x = LANES; x < width * LANES; x += LANES)
      store(to + x, below ? load(to + x) : load(high + x - shift));
  } else {
    int last = (width - 1) * LANES;
    ROLLED for (int x = 0; x < last; x += LANES) store(to + x, below ? load(low + x + LANES - shift) : (vec)0.0f);
    memset(to + last, 0, LANES * sizeof *to);
    memcpy(to + last, low + last + LANES - shift, (size_t)shift * sizeof *to);
  }
}

static void NAME(place)(const float *input, ferm_extents size, float *output, ferm_extents output_size, ferm_extents corner) {
  int height = size.of[1], width = size.of[2], shift = corner.of[0] % LANES;
  int blocks = (size.of[0] + LANES - 1) / LANES, out_blocks = (shift + size.of[0] + LANES - 1) / LANES;
  size_t row = (size_t)width * LANES, plane = (size_t)height * row;
  size_t out_row = (size_t)output_size.of[2] * LANES, out_plane = (size_t)output_size.of[1] * out_row;
  float *to = output + (size_t)(corner.of[0] / LANES) * out_plane + (size_t)corner.of[1] * out_row + (size_t)corner.of[2] * LANES;
  for (int block = 0; block < out_blocks; block++, to += out_plane) {
    const float *high = block < blocks ? input + (size_t)block * plane : NULL;
    const float *low = block > 0 ? input + (size_t)(block - 1) * plane : NULL;
    if (shift == 0 && row == out_row) {
      memcpy(to, high, plane * sizeof *to);
      continue;
    }
    for (int y = 0; y < height; y++) {
      size_t at = (size_t)y * row;
      if (shift == 0)
        memcpy(to + (size_t)y * out_row, high + at, row * sizeof *to);
      else
        spliced_row(low ? low + at : NULL, high ? high + at : NULL, shift, to + (size_t)y * out_row, width);
    }
  }
}

static void NAME(upsample_nearest)(ferm_upsampling u, const float *input, size_t pitch, float *output, size_t out_pitch,
                                   int blocks, size_t first, size_t last) {
  size_t out_row = (size_t)(u.width * u.scale[1]) * LANES;
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * pitch + block * (size_t)(u.height * u.width * LANES);
    float *to = output + image * out_pitch + block * (size_t)(u.height * u.scale[0]) * out_row;
    for (int y = 0; y < u.height; y++) {
      float *made = to;
      for (int x = 0; x < u.width; x++, from += LANES) {
        vec pixel = load(from);
        ROLLED for (int i = 0; i < u.scale[1]; i++, to += LANES) store(to, pixel);
      }
      for (int i = 1; i < u.scale[0]; i++, to += out_row) memcpy(to, made, out_row * sizeof *to);
    }
  }
}

/* Where the centre of an output lies among those of the inputs: `distance` behind that of `first`, in parts of 2 * scale. */
typedef struct {
  int first, distance;
} place_between;

INLINE place_between outermost(int scale) { return scale == 1 ? (place_between){0, 0} : (place_between){-1, scale + 1}; }

INLINE place_between after(place_between p, int scale) {
  p.distance += 2;
  return p.distance < 2 * scale ? p : (place_between){p.first + 1, p.distance - 2 * scale};
}

/* Of `count` inputs, the first and the last are repeated beyond the edges. */
INLINE vec blended(const float *inputs, place_between p, int scale, size_t step, int count) {
  if (p.first < 0) p = (place_between){0, 0};
  float weight = (float)p.distance / (float)(2 * scale);
  vec first = load(inputs + (size_t)p.first * step), second = load(inputs + (size_t)smaller(p.first + 1, count - 1) * step);
  return first * (1.0f - weight) + second * weight;
}

/* A row of the output is a row blended of two of the input, and that blended along itself. */
static void NAME(upsample_bilinear)(ferm_upsampling u, const float *input, size_t pitch, float *output, size_t out_pitch,
                                    int blocks, size_t first, size_t last, float *row) {
  size_t in_row = (size_t)u.width * LANES;
  int out_height = u.height * u.scale[0], out_width = u.width * u.scale[1];
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * pitch + block * (size_t)u.height * in_row;
    float *to = output + image * out_pitch + block * (size_t)(out_height * out_width * LANES);
    place_between rows = outermost(u.scale[0]);
    for (int y = 0; y < out_height; y++, rows = after(rows, u.scale[0])) {
      ROLLED for (size_t x = 0; x < in_row; x += LANES) store(row + x, blended(from + x, rows, u.scale[0], in_row, u.height));
      place_between columns = outermost(u.scale[1]);
      ROLLED for (int x = 0; x < out_width; x++, columns = after(columns, u.scale[1]), to += LANES)
        store(to, blended(row, columns, u.scale[1], LANES, u.width));
    }
  }
}
