/* Depthwise convolution: an output channel sees its own input channel alone, so a register holds a pixel of as many channels as
   it has lanes, and no lane is wasted. */

/* Outputs side by side that are summed at a time: their pixels overlap, and are loaded once. */
enum { DEPTHWISE_OUTPUTS = LANES == 16 ? 8 : 4 };

/* `count` outputs of a row from x on, whose windows lie within the map from left to right; `from` is the first pixel of the first
   row that they see, `rows` how many that are. */
INLINE void depthwise_outputs(const ferm_depthwise *d, const float *from, const float *filters, int rows, vec bias, float *to,
                              const int count, const int width, const int stride) {
  vec sum[DEPTHWISE_OUTPUTS];
  ptrdiff_t row_pitch = (ptrdiff_t)d->width * d->step[0] * LANES;
  UNROLLED for (int i = 0; i < count; i++) sum[i] = bias;
  for (int row = 0; row < rows; row++, from += row_pitch, filters += width * LANES) {
    vec pixel[(DEPTHWISE_OUTPUTS - 1) * 2 + 5];
    UNROLLED for (int i = 0; i < (count - 1) * stride + width; i++) pixel[i] = load(from + i * LANES);
    UNROLLED for (int tap = 0; tap < width; tap++) {
      vec weight = load(filters + tap * LANES);
      UNROLLED for (int i = 0; i < count; i++) sum[i] = multiply_add(pixel[i * stride + tap], weight, sum[i]);
    }
  }
  UNROLLED for (int i = 0; i < count; i++) store(to + i * LANES, d->relu ? rectified(sum[i]) : sum[i]);
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

/* Outputs left ..< right of a row, whose windows lie within the map, as many as possible at a time; the last ones overlap: the same
   sums again. */
#define OUTPUTS(COUNT, WIDTH, STRIDE)                                                                                     \
  if (right - left >= COUNT)                                                                                              \
    for (; left < right; left += COUNT) {                                                                                 \
      left = smaller(left, right - COUNT);                                                                                \
      depthwise_outputs(d, from + (ptrdiff_t)left * STRIDE * LANES, filters, rows, bias, to + left * LANES, COUNT, WIDTH, \
                        STRIDE);                                                                                          \
    }
#define ROW_OF(WIDTH, STRIDE)                                                                                             \
  static void depthwise_row_##WIDTH##_##STRIDE(const ferm_depthwise *d, const float *from, const float *filters, int rows, \
                                               vec bias, float *to, int left, int right) {                                \
    OUTPUTS(DEPTHWISE_OUTPUTS, WIDTH, STRIDE)                                                                             \
    OUTPUTS(DEPTHWISE_OUTPUTS / 2, WIDTH, STRIDE)                                                                         \
    OUTPUTS(DEPTHWISE_OUTPUTS / 4, WIDTH, STRIDE)                                                                         \
    OUTPUTS(1, WIDTH, STRIDE)                                                                                             \
  }
ROW_OF(3, 1)
ROW_OF(3, 2)
ROW_OF(5, 1)
ROW_OF(5, 2)

static void depthwise_plane(const ferm_depthwise *d, const float *plane, const float *filters, vec bias, float *to) {
  /* Outputs left ..< right have whole windows. */
  int whole_left = smaller(d->out_width, (d->pad[1] + d->stride[1] - 1) / d->stride[1]);
  int reach = d->width + d->pad[1] - (d->window[1] - 1) * d->step[1] - 1;
  int whole_right = reach < 0 ? 0 : smaller(d->out_width, reach / d->stride[1] + 1);
  for (int y = 0; y < d->out_height; y++, to += d->out_width * LANES) {
    int first_row, last_row, top = y * d->stride[0] - d->pad[0], left = whole_left, right = whole_right;
    taps_within(top, d->window[0], d->step[0], d->height, &first_row, &last_row);
    int rows = last_row - first_row;
    const float *from = plane + (ptrdiff_t)(top + first_row * d->step[0]) * d->width * LANES;
    const float *used = filters + first_row * d->window[1] * LANES;
    const float *at = from - d->pad[1] * LANES;
    int begin = left;
    if (d->step[1] == 1 && left < right) {
      int width = d->window[1], stride = d->stride[1];
      left = right;
      if (width == 3 && stride == 1) depthwise_row_3_1(d, at, used, rows, bias, to, begin, right);
      else if (width == 3 && stride == 2) depthwise_row_3_2(d, at, used, rows, bias, to, begin, right);
      else if (width == 5 && stride == 1) depthwise_row_5_1(d, at, used, rows, bias, to, begin, right);
      else if (width == 5 && stride == 2) depthwise_row_5_2(d, at, used, rows, bias, to, begin, right);
      else left = begin;
    }
    /* What is left: edges, and all outputs of other windows. */
    for (int x = begin > 0 || left == begin ? 0 : left; x < d->out_width; x = x + 1 == begin ? left : x + 1) {
      int first, last, place = x * d->stride[1] - d->pad[1];
      taps_within(place, d->window[1], d->step[1], d->width, &first, &last);
      depthwise_output(d, from + (ptrdiff_t)place * LANES, used, rows, first, last, bias, to + x * LANES);
    }
  }
}

/* One piece of work is a plane: an image's block. */
static void NAME(depthwise)(void *task, size_t part) {
  ferm_depthwise *d = task;
  (void)part;
  size_t plane = (size_t)(d->height * d->width * LANES), out_plane = (size_t)(d->out_height * d->out_width * LANES);
  size_t taps = (size_t)(d->window[0] * d->window[1] * LANES);
  long piece, pieces = (long)d->images * d->blocks;
  while ((piece = take(&d->next)) < pieces) {
    size_t image = (size_t)(piece / d->blocks), block = (size_t)(piece % d->blocks);
    float *to = d->output + image * d->out_pitch + block * out_plane;
    depthwise_plane(d, d->input + image * d->pitch + block * plane, d->filters + block * taps, load(d->bias + block * LANES), to);
    if (has_ending(&d->ending)) end(&d->ending, (size_t)(to - d->output), to, out_plane);
  }
}
