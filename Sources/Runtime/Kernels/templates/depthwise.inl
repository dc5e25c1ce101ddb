/* Depthwise convolution: an output channel sees its own input channel alone, so a register holds a pixel of as many channels as
   it has lanes, and no lane is wasted. */

/* Outputs side by side that are summed at a time: their pixels overlap, and are loaded once. */
enum { DEPTHWISE_OUTPUTS = LANES == 16 ? 8 : 4 };

/* `count` outputs of a row, of which `left` are to be stored, for windows that begin at pixel `at` of the first of the `rows` that
   they see. */
INLINE void depthwise_outputs(const ferm_depthwise *d, const float *from, int at, const float *filters, int rows, vec bias,
                              float *to, int left, const int count, const int width, const int stride, const int checked) {
  vec sum[DEPTHWISE_OUTPUTS];
  ptrdiff_t row_pitch = (ptrdiff_t)d->width * d->step[0] * LANES;
  UNROLLED for (int i = 0; i < count; i++) sum[i] = bias;
  for (int row = 0; row < rows; row++, from += row_pitch, filters += width * LANES) {
    vec pixel[(DEPTHWISE_OUTPUTS - 1) * 2 + 5];
    UNROLLED for (int i = 0; i < (count - 1) * stride + width; i++) pixel[i] = load_within(from, at + i, d->width, checked);
    UNROLLED for (int tap = 0; tap < width; tap++) {
      vec weight = load(filters + tap * LANES);
      UNROLLED for (int i = 0; i < count; i++) sum[i] = multiply_add(pixel[i * stride + tap], weight, sum[i]);
    }
  }
  UNROLLED for (int i = 0; i < count; i++)
    if (!checked || i < left) store(to + i * LANES, d->relu ? rectified(sum[i]) : sum[i]);
}

/* One output of any window, of which taps first ..< last of a row lie within the map. */
static void depthwise_output(const ferm_depthwise *d, const float *from, const float *filters, int rows, int first, int last,
                             vec bias, float *to) {
  vec sum = bias;
  for (int row = 0; row < rows; row++, from += (ptrdiff_t)d->width * d->step[0] * LANES, filters += d->window[1] * LANES)
    for (int tap = first; tap < last; tap++)
      sum = multiply_add(load(from + tap * d->step[1] * LANES), load(filters + tap * LANES), sum);
  store(to, d->relu ? rectified(sum) : sum);
}

/* The taps of a window of `size` that lie within 0 ..< side, where the first one lies at `at`. */
INLINE void taps_within(int at, int size, int step, int side, int *first, int *last) {
  *first = at < 0 ? smaller(size, (-at + step - 1) / step) : 0;
  *last = at >= side ? 0 : smaller(size, (side - at + step - 1) / step);
  if (*last < *first) *last = *first;
}

#define ROW_OF(WIDTH, STRIDE)                                                                                             \
  static void depthwise_row_##WIDTH##_##STRIDE(const ferm_depthwise *d, const float *from, const float *filters, int rows, \
                                               vec bias, float *to) {                                                     \
    for (int left = d->out_width, at = -d->pad[1], count; left > 0; left -= count, at += count * STRIDE, to += count * LANES) { \
      count = left >= DEPTHWISE_OUTPUTS ? DEPTHWISE_OUTPUTS : left > 2 ? 4 : 2;                                           \
      int is_whole = at >= 0 && at + (count - 1) * STRIDE + WIDTH <= d->width;                                            \
      if (count == DEPTHWISE_OUTPUTS && is_whole)                                                                         \
        depthwise_outputs(d, from, at, filters, rows, bias, to, left, DEPTHWISE_OUTPUTS, WIDTH, STRIDE, 0);               \
      else if (count == DEPTHWISE_OUTPUTS)                                                                                \
        depthwise_outputs(d, from, at, filters, rows, bias, to, left, DEPTHWISE_OUTPUTS, WIDTH, STRIDE, 1);               \
      else if (count == 4) depthwise_outputs(d, from, at, filters, rows, bias, to, left, 4, WIDTH, STRIDE, 1);            \
      else depthwise_outputs(d, from, at, filters, rows, bias, to, left, 2, WIDTH, STRIDE, 1);                            \
    }                                                                                                                     \
  }
ROW_OF(3, 1)
ROW_OF(3, 2)
ROW_OF(5, 1)
ROW_OF(5, 2)

/* A row of any window. */
static void depthwise_row(const ferm_depthwise *d, const float *from, const float *filters, int rows, vec bias, float *to) {
  for (int x = 0; x < d->out_width; x++, to += LANES) {
    int first, last, at = x * d->stride[1] - d->pad[1];
    taps_within(at, d->window[1], d->step[1], d->width, &first, &last);
    depthwise_output(d, from + (ptrdiff_t)at * LANES, filters, rows, first, last, bias, to);
  }
}

static void depthwise_plane(const ferm_depthwise *d, const float *plane, const float *filters, vec bias, float *to) {
  int usual = usual_row(d);
  for (int y = 0; y < d->out_height; y++, to += d->out_width * LANES) {
    int first, last, top = y * d->stride[0] - d->pad[0];
    taps_within(top, d->window[0], d->step[0], d->height, &first, &last);
    const float *from = plane + (ptrdiff_t)(top + first * d->step[0]) * d->width * LANES;
    const float *used = filters + first * d->window[1] * LANES;
    switch (usual) {
      case 31: depthwise_row_3_1(d, from, used, last - first, bias, to); break;
      case 32: depthwise_row_3_2(d, from, used, last - first, bias, to); break;
      case 51: depthwise_row_5_1(d, from, used, last - first, bias, to); break;
      case 52: depthwise_row_5_2(d, from, used, last - first, bias, to); break;
      default: depthwise_row(d, from, used, last - first, bias, to); break;
    }
  }
}

/* One piece of work is a plane, an image's block, or some small ones. */
static void NAME(depthwise)(void *task, size_t part) {
  ferm_depthwise *d = task;
  (void)part;
  size_t plane = (size_t)(d->height * d->width * LANES), out_plane = (size_t)(d->out_height * d->out_width * LANES);
  size_t taps = (size_t)(d->window[0] * d->window[1] * LANES);
  FOR_PLANES(piece, &d->next, (long)d->images * d->blocks, d->out_height * d->out_width) {
    size_t image = (size_t)(piece / d->blocks), block = (size_t)(piece % d->blocks);
    float *to = d->output + image * d->out_pitch + block * out_plane;
    depthwise_plane(d, d->input + image * d->pitch + block * plane, d->filters + block * taps, load(d->bias + block * LANES), to);
    if (has_ending(&d->ending)) end(&d->ending, image, block * out_plane, to, out_plane);
  }
}
