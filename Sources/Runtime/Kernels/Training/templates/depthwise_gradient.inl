/* Going back through a depthwise convolution, whose forward pass is the runtime's (templates/depthwise.inl): a register is a pixel
   of as many channels as it has lanes. */

/* ---- to the input ---- */

/* Pixels of the outputs' gradient whose windows are taken at a time. */
enum { BACK_PIXELS = LANES == 16 ? 8 : 4 };

/* Along columns 3 or 5 taps wide, at a stride of 1 or 2, the inputs `stride * q - pad + i` below the next q see the outputs q,
   q - 1, ... by the taps i, i + stride, ... */
INLINE void back_pixels(const ferm_depthwise_gradient *d, const float *dy, const float *filters, int rows, int q, float *to,
                        const int count, const int width, const int stride, const int checked) {
  const int reach = (width - 1) / stride;
  ptrdiff_t dy_step = (ptrdiff_t)d->at_step[0] * d->map.out_width * LANES, filter_step = (ptrdiff_t)d->tap_step[0] * width * LANES;
  vec sum[BACK_PIXELS * 2];
  UNROLLED for (int i = 0; i < count * stride; i++) sum[i] = (vec)0.0f;
  for (int row = 0; row < rows; row++, dy -= dy_step, filters += filter_step) {
    vec given[BACK_PIXELS + 4];
    UNROLLED for (int i = 0; i < count + reach; i++) given[i] = load_within(dy, q - reach + i, d->map.out_width, checked);
    UNROLLED for (int tap = 0; tap < width; tap++) {
      vec weight = load(filters + tap * LANES);
      UNROLLED for (int i = 0; i < count; i++) {
        int at = i * stride + tap % stride;
        sum[at] = multiply_add(given[i + reach - tap / stride], weight, sum[at]);
      }
    }
  }
  int x = q * stride - d->map.pad[1];
  UNROLLED for (int i = 0; i < count * stride; i++)
    if (!checked || (x + i >= 0 && x + i < d->map.width)) store(to + (ptrdiff_t)(x + i) * LANES, sum[i]);
}

#define BACK_ROW(WIDTH, STRIDE)                                                                                                 \
  static void back_row_##WIDTH##_##STRIDE(const ferm_depthwise_gradient *d, const float *dy, const float *filters, int rows,    \
                                          float *to) {                                                                          \
    int pad = d->map.pad[1], end = (pad + d->map.width - 1) / STRIDE + 1;                                                       \
    for (int q = pad / STRIDE, count; q < end; q += count) {                                                                    \
      count = end - q >= BACK_PIXELS ? BACK_PIXELS : end - q > 2 ? 4 : 2;                                                       \
      int is_whole = q >= (WIDTH - 1) / STRIDE && q + count <= d->map.out_width && q * STRIDE >= pad &&                         \
                     (q + count) * STRIDE - pad <= d->map.width;                                                                \
      if (count == BACK_PIXELS && is_whole) back_pixels(d, dy, filters, rows, q, to, BACK_PIXELS, WIDTH, STRIDE, 0);            \
      else if (count == BACK_PIXELS) back_pixels(d, dy, filters, rows, q, to, BACK_PIXELS, WIDTH, STRIDE, 1);                   \
      else if (count == 4) back_pixels(d, dy, filters, rows, q, to, 4, WIDTH, STRIDE, 1);                                       \
      else back_pixels(d, dy, filters, rows, q, to, 2, WIDTH, STRIDE, 1);                                                       \
    }                                                                                                                           \
  }
BACK_ROW(3, 1)
BACK_ROW(3, 2)
BACK_ROW(5, 1)
BACK_ROW(5, 2)

/* A row of any window. */
static void back_row(const ferm_depthwise_gradient *d, const float *dy, const float *filters, int rows, float *to) {
  const ferm_depthwise *m = &d->map;
  for (int x = 0; x < m->width; x++) {
    ferm_seen seen = d->columns[x];
    vec sum = (vec)0.0f;
    for (int row = 0; row < rows; row++) {
      const float *given = dy + ((ptrdiff_t)seen.at - (ptrdiff_t)row * d->at_step[0] * m->out_width) * LANES;
      const float *used = filters + (ptrdiff_t)(row * d->tap_step[0] * m->window[1] + seen.tap) * LANES;
      for (int k = 0; k < seen.count; k++)
        sum = multiply_add(load(given - (ptrdiff_t)k * d->at_step[1] * LANES), load(used + k * d->tap_step[1] * LANES), sum);
    }
    store(to + (ptrdiff_t)x * LANES, sum);
  }
}

/* Blocks in a piece of work. */
enum { BACK_BLOCKS = 8 };

/* One piece of work is some blocks of an image. */
static void NAME(depthwise_back)(ferm_depthwise_gradient *d, size_t part) {
  (void)part;
  const ferm_depthwise *m = &d->map;
  size_t plane = (size_t)(m->height * m->width * LANES), out_plane = (size_t)(m->out_height * m->out_width * LANES);
  size_t taps = (size_t)(m->window[0] * m->window[1] * LANES);
  int usual = usual_row(m), groups = (m->blocks + BACK_BLOCKS - 1) / BACK_BLOCKS;
  long piece;
  while ((piece = take(&d->next)) < (long)m->images * groups) {
    size_t image = (size_t)(piece / groups);
    int first = (int)(piece % groups) * BACK_BLOCKS, last = smaller(first + BACK_BLOCKS, m->blocks);
    for (int block = first; block < last; block++) {
      const float *dy = d->dy + image * m->out_pitch + (size_t)block * out_plane;
      const float *filters = m->filters + (size_t)block * taps;
      float *to = d->dx + image * m->pitch + (size_t)block * plane;
      for (int y = 0; y < m->height; y++, to += m->width * LANES) {
        ferm_seen seen = d->rows[y];
        const float *from = dy + (ptrdiff_t)seen.at * m->out_width * LANES, *used = filters + seen.tap * m->window[1] * LANES;
        switch (usual) {
          case 31: back_row_3_1(d, from, used, seen.count, to); break;
          case 32: back_row_3_2(d, from, used, seen.count, to); break;
          case 51: back_row_5_1(d, from, used, seen.count, to); break;
          case 52: back_row_5_2(d, from, used, seen.count, to); break;
          default: back_row(d, from, used, seen.count, to); break;
        }
      }
    }
  }
}

/* ---- to the filters ---- */

/* The outputs that a tap sees within the map, along one axis. */
INLINE void outputs_within(int tap, int step, int pad, int stride, int side, int outputs, int *first, int *last) {
  int before = pad - tap * step, reach = side - 1 + before;
  *first = before <= 0 ? 0 : smaller(outputs, (before + stride - 1) / stride);
  *last = reach < 0 ? 0 : smaller(outputs, reach / stride + 1);
  if (*last < *first) *last = *first;
}

/* Floats of the planes of images that stay in the first cache while all rows of taps go over them. */
enum { KEPT_FLOATS = 4 << 10 };

/* A piece of the planes that a row of taps sums over: a block of images first ..< last. */
typedef struct {
  int block;
  size_t first, last;
} image_range;

/* `count` outputs of a row from `x` on, and the pixels under a row of taps; sums go in two chains each. */
INLINE void sum_outputs(const float *row, const float *dy, int x, int place, int in_width, int out_width, vec sum[2][5],
                        const int count, const int width, const int stride, const int checked) {
  vec pixel[3 * 2 + 5];
  UNROLLED for (int i = 0; i < (count - 1) * stride + width; i++) pixel[i] = load_within(row, place + i, in_width, checked);
  UNROLLED for (int i = 0; i < count; i++) {
    vec given = load_within(dy, x + i, out_width, checked);
    UNROLLED for (int tap = 0; tap < width; tap++)
      sum[i % 2][tap] = multiply_add(pixel[i * stride + tap], given, sum[i % 2][tap]);
  }
}

/* Adds to the sums of row `tap` of the window. */
#define SUM_ROW(WIDTH, STRIDE)                                                                                                  \
  static void sum_row_##WIDTH##_##STRIDE(const ferm_depthwise_gradient *d, image_range r, int tap, float *sums) {               \
    const ferm_depthwise *m = &d->map;                                                                                          \
    size_t plane = (size_t)(m->height * m->width * LANES), out_plane = (size_t)(m->out_height * m->out_width * LANES);          \
    int first, last;                                                                                                            \
    outputs_within(tap, m->step[0], m->pad[0], m->stride[0], m->height, m->out_height, &first, &last);                          \
    vec sum[2][5];                                                                                                              \
    UNROLLED for (int i = 0; i < 2; i++) UNROLLED for (int k = 0; k < WIDTH; k++) sum[i][k] = (vec)0.0f;                        \
    for (size_t image = r.first; image < r.last; image++) {                                                                     \
      const float *x = m->input + image * m->pitch + (size_t)r.block * plane;                                                   \
      const float *dy = d->dy + image * m->out_pitch + (size_t)r.block * out_plane;                                             \
      for (int y = first; y < last; y++) {                                                                                      \
        const float *row = x + (ptrdiff_t)(y * m->stride[0] + tap * m->step[0] - m->pad[0]) * m->width * LANES;                 \
        const float *given = dy + (ptrdiff_t)y * m->out_width * LANES;                                                          \
        for (int ox = 0; ox < m->out_width; ox += 4) {                                                                          \
          int place = ox * STRIDE - m->pad[1], left = m->out_width - ox;                                                        \
          if (left >= 4 && place >= 0 && place + 3 * STRIDE + WIDTH <= m->width)                                                \
            sum_outputs(row, given, ox, place, m->width, m->out_width, sum, 4, WIDTH, STRIDE, 0);                               \
          else if (left > 2)                                                                                                    \
            sum_outputs(row, given, ox, place, m->width, m->out_width, sum, 4, WIDTH, STRIDE, 1);                               \
          else                                                                                                                  \
            sum_outputs(row, given, ox, place, m->width, m->out_width, sum, 2, WIDTH, STRIDE, 1);                               \
        }                                                                                                                       \
      }                                                                                                                         \
    }                                                                                                                           \
    UNROLLED for (int k = 0; k < WIDTH; k++) store(sums + k * LANES, load(sums + k * LANES) + (sum[0][k] + sum[1][k]));         \
  }
SUM_ROW(3, 1)
SUM_ROW(3, 2)
SUM_ROW(5, 1)
SUM_ROW(5, 2)

/* The same for any window. */
static void sum_row(const ferm_depthwise_gradient *d, image_range r, int tap, float *sums) {
  const ferm_depthwise *m = &d->map;
  size_t plane = (size_t)(m->height * m->width * LANES), out_plane = (size_t)(m->out_height * m->out_width * LANES);
  int first, last;
  outputs_within(tap, m->step[0], m->pad[0], m->stride[0], m->height, m->out_height, &first, &last);
  for (int k = 0; k < m->window[1]; k++) {
    int left, right;
    outputs_within(k, m->step[1], m->pad[1], m->stride[1], m->width, m->out_width, &left, &right);
    vec sum = load(sums + k * LANES);
    for (size_t image = r.first; image < r.last; image++)
      for (int y = first; y < last; y++) {
        ptrdiff_t row = y * m->stride[0] + tap * m->step[0] - m->pad[0], column = k * m->step[1] - m->pad[1];
        const float *x = m->input + image * m->pitch + (size_t)r.block * plane + (row * m->width + column) * LANES;
        const float *dy = d->dy + image * m->out_pitch + (size_t)r.block * out_plane + (ptrdiff_t)y * m->out_width * LANES;
        for (int ox = left; ox < right; ox++)
          sum = multiply_add(load(x + (ptrdiff_t)ox * m->stride[1] * LANES), load(dy + (ptrdiff_t)ox * LANES), sum);
      }
    store(sums + k * LANES, sum);
  }
}

/* One piece of work is a block, and a part of the batch. */
static void NAME(depthwise_sums)(ferm_depthwise_gradient *d, size_t part) {
  (void)part;
  const ferm_depthwise *m = &d->map;
  int usual = usual_row(m);
  size_t taps = (size_t)(m->window[0] * m->window[1] * LANES);
  size_t floats = (size_t)((m->height * m->width + m->out_height * m->out_width) * LANES);
  size_t together = floats < KEPT_FLOATS ? KEPT_FLOATS / floats : 1;
  long piece;
  while ((piece = take(&d->next)) < (long)d->parts * m->blocks) {
    size_t of = (size_t)(piece / m->blocks), images = (size_t)m->images, parts = (size_t)d->parts;
    size_t end = images * (of + 1) / parts;
    float *sums = d->sums + (size_t)piece * taps;
    memset(sums, 0, taps * sizeof *sums);
    for (size_t image = images * of / parts; image < end; image += together) {
      image_range r = {(int)(piece % m->blocks), image, image + together < end ? image + together : end};
      for (int tap = 0; tap < m->window[0]; tap++) {
        float *to = sums + tap * m->window[1] * LANES;
        switch (usual) {
          case 31: sum_row_3_1(d, r, tap, to); break;
          case 32: sum_row_3_2(d, r, tap, to); break;
          case 51: sum_row_5_1(d, r, tap, to); break;
          case 52: sum_row_5_2(d, r, tap, to); break;
          default: sum_row(d, r, tap, to); break;
        }
      }
    }
  }
}

/* The parts' sums, the first first. One piece of work is a block. */
static void NAME(depthwise_add)(ferm_depthwise_gradient *d, size_t part) {
  (void)part;
  size_t window = (size_t)(d->map.window[0] * d->map.window[1]), part_size = (size_t)d->map.blocks * window * LANES;
  long block;
  while ((block = take(&d->next)) < d->map.blocks) {
    const float *sums = d->sums + (size_t)block * window * LANES;
    int count = smaller(LANES, d->channels - (int)block * LANES);
    for (size_t tap = 0; tap < window; tap++) {
      vec sum = load(sums + tap * LANES);
      for (int of = 1; of < d->parts; of++) sum += load(sums + (size_t)of * part_size + tap * LANES);
      for (int lane = 0; lane < count; lane++) {
        float *to = d->gradient + ((size_t)block * LANES + (size_t)lane) * window + tap;
        *to = d->accumulate ? *to + sum[lane] : sum[lane];
      }
    }
  }
}
