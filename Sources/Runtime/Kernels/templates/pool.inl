/* Pooling, a register of channels at a time. */

/* Rows y0 to y1 and columns x0 to x1 of the input, without the ends. */
typedef struct {
  int y0, y1, x0, x1;
} field;

/* What a window sees of the input; the rest of it is padding. */
INLINE field windowed(ferm_window w, int oy, int ox, int height, int width) {
  int y = oy * w.stride[0] - w.pad[0], x = ox * w.stride[1] - w.pad[1];
  return (field){y < 0 ? 0 : y, smaller(y + w.window[0], height), x < 0 ? 0 : x, smaller(x + w.window[1], width)};
}

/* The region of an adaptive pool; regions overlap where the sizes do not divide. */
INLINE field region(int oy, int ox, int height, int width, int out_height, int out_width) {
  return (field){oy * height / out_height, ((oy + 1) * height + out_height - 1) / out_height, ox * width / out_width,
                 ((ox + 1) * width + out_width - 1) / out_width};
}

/* The largest of a field, or the mean of it: its sum over `count`. */
static __attribute__((noinline)) void pool_field(int is_max, const float *from, int width, field f, int count, float *to) {
  vec result = is_max ? load(from + (f.y0 * width + f.x0) * LANES) : (vec)0.0f;
  for (int y = f.y0; y < f.y1; y++)
    ROLLED for (int x = f.x0; x < f.x1; x++) {
      vec pixel = load(from + (y * width + x) * LANES);
      result = is_max ? larger(result, pixel) : result + pixel;
    }
  store(to, is_max ? result : result / (float)count);
}

/* The numbers that a mean is over. */
INLINE int counted(ferm_pooling kind, ferm_window w, field f) {
  return kind == FERM_WHOLE_WINDOW_MEAN ? w.window[0] * w.window[1] : (f.y1 - f.y0) * (f.x1 - f.x0);
}

/* One row of outputs of a large window: every column of its rows first, then across those. */
static void split_row(ferm_pooling kind, ferm_window w, const float *from, int oy, int height, int width, float *columns,
                      float *to, int out_width) {
  int is_max = kind == FERM_WINDOW_MAX;
  field f = windowed(w, oy, 0, height, width);
  for (int x = 0; x < width; x++)
    pool_field(is_max, from, width, (field){f.y0, f.y1, x, x + 1}, 1, columns + (size_t)x * LANES);
  for (int ox = 0; ox < out_width; ox++, to += LANES) {
    field seen = windowed(w, oy, ox, height, width);
    pool_field(is_max, columns, width, (field){0, 1, seen.x0, seen.x1}, counted(kind, w, seen), to);
  }
}

static void NAME(pool)(ferm_pooling kind, ferm_window w, const float *input, size_t pitch, float *output, size_t out_pitch,
                       int blocks, size_t first, size_t last, int height, int width, int out_height, int out_width,
                       float *columns) {
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * pitch + block * (size_t)(height * width * LANES);
    float *to = output + image * out_pitch + block * (size_t)(out_height * out_width * LANES);
    for (int oy = 0; oy < out_height; oy++, to += (size_t)out_width * LANES) {
      if (columns) {
        split_row(kind, w, from, oy, height, width, columns, to, out_width);
        continue;
      }
      for (int ox = 0; ox < out_width; ox++) {
        field f = kind == FERM_REGION_MEAN ? region(oy, ox, height, width, out_height, out_width)
                                           : windowed(w, oy, ox, height, width);
        pool_field(kind == FERM_WINDOW_MAX, from, width, f, counted(kind, w, f), to + (size_t)ox * LANES);
      }
    }
  }
}
