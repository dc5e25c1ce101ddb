/* Winograd's algorithm: products of the transformed tiles (tiles.inl), and the transform of their sums to outputs, with bias,
   ReLU and pooling. */

/* ---- outputs ---- */

/* F(3,2) with the points of F(2,3), for windows at stride 2. */
INLINE void evens_phases(const vec t[4], vec y[2]) {
  vec sum = t[1] + t[2];
  y[0] = t[0] + sum, y[1] = sum + t[3];
}
INLINE void odds_phases(const vec t[4], vec y[1]) { y[0] = t[1] - t[2]; }

#define OUTPUT_TRANSFORM(NAME, M, SIDE)                                                                              \
  /* Every second row of a tile's outputs, from its SIDE^2 registers, with bias and ReLU. */                         \
  INLINE void output_rows_##NAME(const float *from, int odd, vec bias, int relu, vec result[(M + 1) / 2][M]) {       \
    vec half[(M + 1) / 2][SIDE];                                                                                     \
    UNROLLED for (int x = 0; x < SIDE; x++) {                                                                        \
      vec column[SIDE], y[(M + 1) / 2];                                                                              \
      UNROLLED for (int i = 0; i < SIDE; i++) column[i] = load(from + (i * SIDE + x) * LANES);                       \
      if (odd) odds_##NAME(column, y);                                                                               \
      else evens_##NAME(column, y);                                                                                  \
      UNROLLED for (int i = 0; i < (M + !odd) / 2; i++) half[i][x] = y[i];                                           \
    }                                                                                                                \
    UNROLLED for (int i = 0; i < (M + !odd) / 2; i++) {                                                              \
      vec even[(M + 1) / 2], uneven[(M + 1) / 2];                                                                    \
      evens_##NAME(half[i], even);                                                                                   \
      odds_##NAME(half[i], uneven);                                                                                  \
      UNROLLED for (int x = 0; x < M; x++) {                                                                         \
        vec value = (x % 2 ? uneven[x / 2] : even[x / 2]) + bias;                                                    \
        result[i][x] = relu ? rectified(value) : value;                                                              \
      }                                                                                                              \
    }                                                                                                                \
  }                                                                                                                  \
  /* One tile and block of channels into a plane [height][width] of outputs. */                                      \
  static void place_tile_##NAME(const float *from, vec bias, int relu, int past, float *plane, int y0, int x0,       \
                             int height, int width) {                                                                \
    float *to = plane + ((ptrdiff_t)y0 * width + x0) * LANES;                                                        \
    int rows = smaller(M, height - y0), columns = smaller(M, width - x0);                                            \
    UNROLLED for (int odd = 0; odd < 2; odd++) {                                                                     \
      vec result[(M + 1) / 2][M];                                                                                    \
      output_rows_##NAME(from, odd, bias, relu, result);                                                             \
      UNROLLED for (int i = 0; i < (M + !odd) / 2; i++) {                                                            \
        int y = 2 * i + odd;                                                                                         \
        if (y >= rows) break;                                                                                        \
        UNROLLED for (int x = 0; x < M; x++) {                                                                       \
          if (x < columns && past) stream(to + (y * width + x) * LANES, result[i][x]);                               \
          else if (x < columns) store(to + (y * width + x) * LANES, result[i][x]);                                   \
        }                                                                                                            \
      }                                                                                                              \
    }                                                                                                                \
  }

#define OUTPUT_TRANSFORM_OF(M) OUTPUT_TRANSFORM(M, M, (M + 2))
TILE_SIZES(OUTPUT_TRANSFORM_OF)
OUTPUT_TRANSFORM(phases, 3, 4)

INLINE void place_tile(const ferm_winograd *w, const float *from, vec bias, int past, float *plane, int y0, int x0, int height,
                       int width) {
  if (w->stride == 2) place_tile_phases(from, bias, w->relu, past, plane, y0, x0, height, width);
  else switch (w->m) {
#define PLACE_TILE(M) \
  case M: place_tile_##M(from, bias, w->relu, past, plane, y0, x0, height, width); break;
    TILE_SIZES(PLACE_TILE)
  }
}

/* A tile of even M whose 2x2 maxima are all its own. */
#define POOLED(M)                                                                                                    \
  static void pool_tile_##M(const float *from, vec bias, int relu, float *plane, int y0, int x0, int height,         \
                            int width) {                                                                             \
    vec result[M / 2][M], most[M / 2][M / 2];                                                                        \
    output_rows_##M(from, 0, bias, relu, result);                                                                    \
    UNROLLED for (int y = 0; y < M / 2; y++) {                                                                       \
      UNROLLED for (int x = 0; x < M / 2; x++) most[y][x] = larger(result[y][2 * x], result[y][2 * x + 1]);          \
    }                                                                                                                \
    output_rows_##M(from, 1, bias, relu, result);                                                                    \
    for (int y = 0; y < M / 2 && y0 / 2 + y < height; y++)                                                           \
      for (int x = 0; x < M / 2 && x0 / 2 + x < width; x++)                                                          \
        store(plane + ((ptrdiff_t)(y0 / 2 + y) * width + x0 / 2 + x) * LANES,                                        \
              larger(most[y][x], larger(result[y][2 * x], result[y][2 * x + 1])));                                   \
  }

POOLED(2)
POOLED(4)

INLINE void pool_plane(const float *from, int width, float *to, int out_height, int out_width) {
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++, to += LANES) {
      const float *pixel = from + (2 * y * width + 2 * x) * LANES;
      store(to, larger(larger(load(pixel), load(pixel + LANES)),
                       larger(load(pixel + width * LANES), load(pixel + (width + 1) * LANES))));
    }
}

/* ---- the three passes over a run of tiles ---- */

/* Floats of filters that a core's own cache nearly holds: prefetching them would only cost time. */
enum { CACHED_FILTERS = 3 << 18 };

/* Panels first_panel ..< last_panel of all products: sums lie as [tile][register of outputs][product][lane]. */
static void multiply(const ferm_winograd *w, int count, const element *v, size_t matrix, int first_panel, int last_panel,
                     float *sums) {
  int depth = w->blocks * LANES / IN_UNIT, vectors = w->panel_group * VECTORS;
  ptrdiff_t sum_pitch = (products(w) + 1) * LANES;
  size_t all = (size_t)ferm_winograd_before(w->stride, products(w)), phase_size = (size_t)depth * COLUMNS;
  const float *filters = w->filters + (size_t)first_panel * phase_size * all;
  int is_cached = phase_size * (size_t)w->panels * all < CACHED_FILTERS;
  for (int e = 0; e < products(w); e++) {
    int phases = ferm_winograd_phases(w->stride, e);
    size_t panel_size = (size_t)phases * phase_size;
    for (int panel = first_panel; panel < last_panel; panel++, filters += panel_size) {
      int is_last = e + 1 == products(w) && panel + 1 == w->panels;
      ferm_product p = {.x = (const float *)(v + (size_t)e * matrix), .type = USUAL, .row_pitch = (int)(row_size(w) / IN_UNIT), .rows = count, .depth = phases * depth,
                        .weights = filters, .c = sums + e * LANES + (panel - first_panel) * VECTORS * sum_pitch,
                        .c_row_pitch = vectors * sum_pitch, .c_vector_pitch = sum_pitch, .vectors = VECTORS,
                        .prefetch = is_last || is_cached ? NULL : (const char *)(filters + panel_size)};
      NAME(product)(&p);
    }
  }
}

/* The ending of a tile, whose outputs lie in a plane of an image. */
static void end_tile(const ferm_winograd *w, int image, float *plane, int y0, int x0) {
  int rows = smaller(w->m, w->out_height - y0), columns = smaller(w->m, w->out_width - x0);
  float *to = plane + ((ptrdiff_t)y0 * w->out_width + x0) * LANES;
  for (int y = 0; y < rows; y++, to += w->out_width * LANES)
    end(&w->ending, (size_t)image, (size_t)(to - w->output) - (size_t)image * w->out_pitch, to, (size_t)(columns * LANES));
}

static void finish(const ferm_winograd *w, long first, int count, int first_panel, int last_panel, const float *sums,
                   float *plane) {
  ptrdiff_t sum_pitch = (products(w) + 1) * LANES;
  int height = w->pool ? w->out_height / 2 : w->out_height, width = w->pool ? w->out_width / 2 : w->out_width;
  int last_block = smaller(last_panel * VECTORS, w->out_blocks);
  for (int block = first_panel * VECTORS; block < last_block; block++) {
    vec bias = load(w->bias + block * LANES);
    for (int i = 0; i < count; i++) {
      tile_place place = place_of(w, first + i);
      const float *from = sums + (i * (ptrdiff_t)w->panel_group * VECTORS + block - first_panel * VECTORS) * sum_pitch;
      float *to = w->output + (size_t)place.image * w->out_pitch + (size_t)block * (size_t)(height * width * LANES);
      int y0 = place.y * w->m, x0 = place.x * w->m;
      if (!w->pool) {
        place_tile(w, from, bias, w->stream, to, y0, x0, height, width);
        if (has_ending(&w->ending)) end_tile(w, place.image, to, y0, x0);
      }
      else if (w->m == 2) pool_tile_2(from, bias, w->relu, to, y0, x0, height, width);
      else if (w->m == 4) pool_tile_4(from, bias, w->relu, to, y0, x0, height, width);
      else {
        /* Windows straddle tiles: two rows of tiles make a band, which is pooled when its last tile is there. */
        int band = place.y / 2 * 2 * w->m, rows = smaller(2 * w->m, w->out_height - band);
        place_tile(w, from, bias, 0, plane, y0 - band, x0, rows, w->out_width);
        if (place.x == w->tiles_x - 1 && (place.y % 2 || place.y == w->tiles_y - 1))
          pool_plane(plane, w->out_width, to + (ptrdiff_t)(band / 2) * width * LANES, rows / 2, width);
      }
    }
  }
}

/* ---- sharing the work ---- */

static void NAME(winograd)(void *task, size_t part) {
  ferm_winograd *w = task;
  long tiles = (long)w->images * w->tiles_y * w->tiles_x, groups = (tiles + w->tile_group - 1) / w->tile_group, piece;
  size_t matrix = matrix_size(w, w->tile_group);
  float *units = w->scratch + part * w->scratch_size, *sums = units + (size_t)products(w) * matrix / IN_UNIT;
  element *v = (element *)units;
  float *plane = sums + (size_t)w->tile_group * (size_t)(w->panel_group * VECTORS * (products(w) + 1) * LANES);
  while ((piece = take(&w->next)) < groups) {
    long first = piece * w->tile_group;
    int count = (int)(tiles - first < w->tile_group ? tiles - first : w->tile_group);
    transform(w, first, count, v, matrix);
    for (int panel = 0; panel < w->panels; panel += w->panel_group) {
      int last = smaller(panel + w->panel_group, w->panels);
      multiply(w, count, v, matrix, panel, last, sums);
      finish(w, first, count, panel, last, sums, plane);
    }
  }
}

static void NAME(winograd_transform)(void *task, size_t part) {
  ferm_winograd *w = task;
  (void)part;
  int tiles = w->images * w->tiles_y * w->tiles_x;
  size_t matrix = matrix_size(w, tiles);
  long tile;
  while ((tile = take(&w->next)) < tiles) transform(w, tile, 1, (element *)w->shared + tile * row_size(w), matrix);
}

static void NAME(winograd_multiply)(void *task, size_t part) {
  ferm_winograd *w = task;
  int tiles = w->images * w->tiles_y * w->tiles_x, groups = (w->panels + w->panel_group - 1) / w->panel_group;
  size_t matrix = matrix_size(w, tiles);
  float *sums = w->scratch + part * w->scratch_size;
  float *plane = sums + (size_t)w->tile_group * (size_t)(w->panel_group * VECTORS * (products(w) + 1) * LANES);
  long piece;
  while ((piece = take(&w->next)) < groups) {
    int first = (int)piece * w->panel_group, last = smaller(first + w->panel_group, w->panels);
    for (int tile = 0; tile < tiles; tile += w->tile_group) {
      int count = smaller(w->tile_group, tiles - tile);
      multiply(w, count, (const element *)w->shared + tile * row_size(w), matrix, first, last, sums);
      finish(w, tile, count, first, last, sums, plane);
    }
  }
}
