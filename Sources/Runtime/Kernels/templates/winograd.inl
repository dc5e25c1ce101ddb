/* Winograd's algorithm. For points p_0 .. p_n and infinity, with M(x) the product of all (x - p_i):
   inputs are transformed by the coefficients of M(x) / (x - p_i) and M(x), outputs by the powers of p_i, and filters by those
   powers over the products of (p_i - p_j) (filters.c). Points come in pairs +p and -p, whose rows share all but one sign.
   Points that are small fractions of powers of two keep the error near that of direct convolution. */

/* ---- one-dimensional transforms of registers ---- */

/* F(2,3): 0, 1, -1, infinity. */
enum { GROUPS_2 = 2 };
static const int rows_of_2[GROUPS_2][2] = {{0, 3}, {1, 2}};

INLINE void input_rows_2(const vec d[4], int group, vec t[2]) {
  if (group == 0) t[0] = d[2] - d[0], t[1] = d[3] - d[1];
  else t[0] = d[2] + d[1], t[1] = d[2] - d[1];
}

INLINE void evens_2(const vec t[4], vec y[1]) { y[0] = t[0] + (t[1] + t[2]); }
INLINE void odds_2(const vec t[4], vec y[1]) { y[0] = (t[1] - t[2]) + t[3]; }

/* F(4,3): 0, 3/4, -3/4, 3/2, -3/2, infinity. */
#define A4 0.75f
#define B4 1.5f

INLINE void pair_4(const vec d[6], float a, float b, vec t[2]) {
  vec even = multiply_add(d[2], splat(-b * b), d[4]), odd = a * multiply_add(d[1], splat(-b * b), d[3]);
  t[0] = even + odd, t[1] = even - odd;
}

INLINE vec end_4(vec low, vec middle, vec high) {
  return multiply_add(low, splat(A4 * A4 * B4 * B4), multiply_add(middle, splat(-(A4 * A4 + B4 * B4)), high));
}

enum { GROUPS_4 = 3 };
static const int rows_of_4[GROUPS_4][2] = {{0, 5}, {1, 2}, {3, 4}};

INLINE void input_rows_4(const vec d[6], int group, vec t[2]) {
  if (group == 0) t[0] = end_4(d[0], d[2], d[4]), t[1] = end_4(d[1], d[3], d[5]);
  else if (group == 1) pair_4(d, A4, B4, t);
  else pair_4(d, B4, A4, t);
}

INLINE void evens_4(const vec t[6], vec y[2]) {
  vec sum_a = t[1] + t[2], sum_b = t[3] + t[4];
  y[0] = t[0] + (sum_a + sum_b);
  y[1] = multiply_add(sum_a, splat(A4 * A4), (B4 * B4) * sum_b);
}

INLINE void odds_4(const vec t[6], vec y[2]) {
  vec difference_a = t[1] - t[2], difference_b = t[3] - t[4];
  y[0] = multiply_add(difference_a, splat(A4), B4 * difference_b);
  y[1] = multiply_add(difference_a, splat(A4 * A4 * A4), multiply_add(difference_b, splat(B4 * B4 * B4), t[5]));
}

/* F(5,3): 1/4, -1/4, 3/4, -3/4, 7/4, -7/4, infinity. */
#define P5 0.25f
#define Q5 0.75f
#define R5 1.75f

INLINE void pair_5(const vec d[7], float p, float q, float r, vec t[2]) {
  vec even = p * multiply_add(d[0], splat(q * q * r * r), multiply_add(d[2], splat(-(q * q + r * r)), d[4]));
  vec odd = multiply_add(d[1], splat(q * q * r * r), multiply_add(d[3], splat(-(q * q + r * r)), d[5]));
  t[0] = odd + even, t[1] = odd - even;
}

INLINE vec end_5(const vec d[7]) {
  return multiply_add(
      d[0], splat(-(P5 * P5 * Q5 * Q5 * R5 * R5)),
      multiply_add(d[2], splat(P5 * P5 * Q5 * Q5 + P5 * P5 * R5 * R5 + Q5 * Q5 * R5 * R5),
                   multiply_add(d[4], splat(-(P5 * P5 + Q5 * Q5 + R5 * R5)), d[6])));
}

enum { GROUPS_5 = 4 };
static const int rows_of_5[GROUPS_5][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 6}};

INLINE void input_rows_5(const vec d[7], int group, vec t[2]) {
  if (group == 0) pair_5(d, P5, Q5, R5, t);
  else if (group == 1) pair_5(d, Q5, P5, R5, t);
  else if (group == 2) pair_5(d, R5, P5, Q5, t);
  else t[0] = t[1] = end_5(d);
}

INLINE void evens_5(const vec t[7], vec y[3]) {
  vec p = t[0] + t[1], q = t[2] + t[3], r = t[4] + t[5];
  y[0] = p + (q + r);
  y[1] = multiply_add(p, splat(P5 * P5), multiply_add(q, splat(Q5 * Q5), (R5 * R5) * r));
  y[2] = multiply_add(p, splat(P5 * P5 * P5 * P5),
                      multiply_add(q, splat(Q5 * Q5 * Q5 * Q5), multiply_add(r, splat(R5 * R5 * R5 * R5), t[6])));
}

INLINE void odds_5(const vec t[7], vec y[2]) {
  vec p = t[0] - t[1], q = t[2] - t[3], r = t[4] - t[5];
  y[0] = multiply_add(p, splat(P5), multiply_add(q, splat(Q5), R5 * r));
  y[1] = multiply_add(p, splat(P5 * P5 * P5), multiply_add(q, splat(Q5 * Q5 * Q5), (R5 * R5 * R5) * r));
}

/* ---- tiles ---- */

/* A tile's place: its image, and its row and column among that image's tiles. */
typedef struct { int image, y, x; } tile_place;

INLINE tile_place place_of(const ferm_winograd *w, long tile) {
  int per_image = w->tiles_y * w->tiles_x, within = (int)(tile % per_image);
  return (tile_place){(int)(tile / per_image), within / w->tiles_x, within % w->tiles_x};
}

/* The part of a tile's patch that lies within the map. */
typedef struct { int y0, x0, top, bottom, left, right; } patch_place;

INLINE patch_place patch_of(const ferm_winograd *w, tile_place tile, int side) {
  int y0 = tile.y * (side - 2) - w->pad_top, x0 = tile.x * (side - 2) - w->pad_left;
  return (patch_place){y0, x0, y0 < 0 ? -y0 : 0, smaller(side, w->height - y0), x0 < 0 ? -x0 : 0,
                       smaller(side, w->width - x0)};
}

/* Beyond the map's edge there are zeros. */
static const float zero_row[7 * LANES] __attribute__((aligned(64)));

/* Rows of a transform are made two at a time, straight from memory: all at once would not fit into the registers. */
#define TRANSFORMS(M)                                                                                                \
  INLINE void input_##M(const vec d[M + 2], vec t[M + 2]) {                                                          \
    UNROLLED for (int g = 0; g < GROUPS_##M; g++) {                                                                  \
      vec two[2];                                                                                                    \
      input_rows_##M(d, g, two);                                                                                     \
      t[rows_of_##M[g][0]] = two[0], t[rows_of_##M[g][1]] = two[1];                                                  \
    }                                                                                                                \
  }                                                                                                                  \
  /* One block of channels of a patch, whose rows are given, into one row of each of the (M + 2)^2 matrices. */      \
  INLINE void input_block_##M(const float *const rows[M + 2], int left, int right, float *to, size_t matrix) {       \
    enum { SIDE = M + 2 };                                                                                           \
    UNROLLED for (int g = 0; g < GROUPS_##M; g++) {                                                                  \
      vec half[2][SIDE];                                                                                             \
      UNROLLED for (int x = 0; x < SIDE; x++) {                                                                      \
        vec column[SIDE], two[2] = {(vec)0.0f, (vec)0.0f};                                                           \
        if (x >= left && x < right) {                                                                                \
          UNROLLED for (int y = 0; y < SIDE; y++) column[y] = load(rows[y] + x * LANES);                             \
          input_rows_##M(column, g, two);                                                                            \
        }                                                                                                            \
        half[0][x] = two[0], half[1][x] = two[1];                                                                    \
      }                                                                                                              \
      UNROLLED for (int i = 0; i < 2; i++) {                                                                         \
        if (i == 1 && rows_of_##M[g][0] == rows_of_##M[g][1]) break;                                                 \
        vec result[SIDE];                                                                                            \
        input_##M(half[i], result);                                                                                  \
        float *out = to + (size_t)(rows_of_##M[g][i] * SIDE) * matrix;                                               \
        UNROLLED for (int x = 0; x < SIDE; x++) store(out + (size_t)x * matrix, result[x]);                          \
      }                                                                                                              \
    }                                                                                                                \
  }                                                                                                                  \
  /* Tile `tile`, all channels, into one row of the (M + 2)^2 matrices [row][channel], `matrix` floats apart. */     \
  static void input_tile_##M(const ferm_winograd *w, long tile, float *to, size_t matrix) {                          \
    enum { SIDE = M + 2 };                                                                                           \
    tile_place place = place_of(w, tile);                                                                            \
    patch_place part = patch_of(w, place, SIDE);                                                                     \
    ptrdiff_t row = (ptrdiff_t)w->width * LANES;                                                                     \
    const float *patch = w->input + (size_t)place.image * w->pitch + part.y0 * row + part.x0 * LANES;               \
    int whole = part.left == 0 && part.right == SIDE;                                                                \
    for (int block = 0; block < w->blocks; block++, to += LANES, patch += w->height * row) {                         \
      const float *rows[SIDE];                                                                                       \
      UNROLLED for (int y = 0; y < SIDE; y++) rows[y] = y >= part.top && y < part.bottom ? patch + y * row : zero_row; \
      /* The tile to the right needs M more columns of large maps; no prefetcher of the processor's finds them. */   \
      for (int y = part.top; y < part.bottom && w->width > 4 * SIDE; y++)                                            \
        for (int x = SIDE * LANES; x < (SIDE + M) * LANES; x += 16) __builtin_prefetch(patch + y * row + x);         \
      if (whole) input_block_##M(rows, 0, SIDE, to, matrix);                                                         \
      else input_block_##M(rows, part.left, part.right, to, matrix);                                                 \
    }                                                                                                                \
  }                                                                                                                  \
  /* Every second row of a tile's outputs, from its (M + 2)^2 registers, with bias and ReLU. */                      \
  INLINE void output_rows_##M(const float *from, int odd, vec bias, int relu, vec result[(M + 1) / 2][M]) {          \
    enum { SIDE = M + 2 };                                                                                           \
    vec half[(M + 1) / 2][SIDE];                                                                                     \
    UNROLLED for (int x = 0; x < SIDE; x++) {                                                                        \
      vec column[SIDE], y[(M + 1) / 2];                                                                              \
      UNROLLED for (int i = 0; i < SIDE; i++) column[i] = load(from + (i * SIDE + x) * LANES);                       \
      if (odd) odds_##M(column, y);                                                                                  \
      else evens_##M(column, y);                                                                                     \
      UNROLLED for (int i = 0; i < (M + !odd) / 2; i++) half[i][x] = y[i];                                           \
    }                                                                                                                \
    UNROLLED for (int i = 0; i < (M + !odd) / 2; i++) {                                                              \
      vec even[(M + 1) / 2], uneven[(M + 1) / 2];                                                                    \
      evens_##M(half[i], even);                                                                                      \
      odds_##M(half[i], uneven);                                                                                     \
      UNROLLED for (int x = 0; x < M; x++) {                                                                         \
        vec value = (x % 2 ? uneven[x / 2] : even[x / 2]) + bias;                                                    \
        result[i][x] = relu ? rectified(value) : value;                                                              \
      }                                                                                                              \
    }                                                                                                                \
  }                                                                                                                  \
  /* One tile and block of channels into a plane [height][width] of outputs. */                                      \
  static void place_tile_##M(const float *from, vec bias, int relu, int past, float *plane, int y0, int x0,          \
                             int height, int width) {                                                                \
    float *to = plane + ((ptrdiff_t)y0 * width + x0) * LANES;                                                        \
    int rows = smaller(M, height - y0), columns = smaller(M, width - x0);                                            \
    UNROLLED for (int odd = 0; odd < 2; odd++) {                                                                     \
      vec result[(M + 1) / 2][M];                                                                                    \
      output_rows_##M(from, odd, bias, relu, result);                                                                \
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

TRANSFORMS(2)
TRANSFORMS(4)
TRANSFORMS(5)

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

INLINE int products(const ferm_winograd *w) { return (w->m + 2) * (w->m + 2); }
/* From one matrix of transformed inputs to the next: a line more than it needs, against cache conflicts. */
INLINE size_t matrix_size(const ferm_winograd *w, int tiles) { return (size_t)tiles * (size_t)(w->blocks * LANES) + 16; }

static void transform(const ferm_winograd *w, long first, int count, float *v, size_t matrix) {
  for (int i = 0; i < count; i++, v += w->blocks * LANES) switch (w->m) {
      case 2: input_tile_2(w, first + i, v, matrix); break;
      case 4: input_tile_4(w, first + i, v, matrix); break;
      default: input_tile_5(w, first + i, v, matrix); break;
    }
}

/* Floats of filters that a core's own cache nearly holds: prefetching them would only cost time. */
enum { CACHED_FILTERS = 3 << 18 };

/* Panels first_panel ..< last_panel of all products: sums lie as [tile][register of outputs][product][lane]. */
static void multiply(const ferm_winograd *w, int count, const float *v, size_t matrix, int first_panel, int last_panel,
                     float *sums) {
  int depth = w->blocks * LANES, vectors = w->panel_group * VECTORS;
  ptrdiff_t sum_pitch = (products(w) + 1) * LANES;
  size_t panel_size = (size_t)depth * COLUMNS;
  const float *filters = w->filters + (size_t)first_panel * panel_size * (size_t)products(w);
  int is_cached = panel_size * (size_t)(w->panels * products(w)) < CACHED_FILTERS;
  for (int e = 0; e < products(w); e++)
    for (int panel = first_panel; panel < last_panel; panel++, filters += panel_size) {
      int is_last = e + 1 == products(w) && panel + 1 == w->panels;
      ferm_product p = {.x = v + (size_t)e * matrix, .row_pitch = depth, .rows = count, .depth = depth,
                        .weights = filters, .c = sums + e * LANES + (panel - first_panel) * VECTORS * sum_pitch,
                        .c_row_pitch = vectors * sum_pitch, .c_vector_pitch = sum_pitch, .vectors = VECTORS,
                        .prefetch = is_last || is_cached ? NULL : (const char *)(filters + panel_size)};
      NAME(product)(&p);
    }
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
      if (!w->pool) switch (w->m) {
          case 2: place_tile_2(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
          case 4: place_tile_4(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
          default: place_tile_5(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
        }
      else if (w->m == 2) pool_tile_2(from, bias, w->relu, to, y0, x0, height, width);
      else if (w->m == 4) pool_tile_4(from, bias, w->relu, to, y0, x0, height, width);
      else {
        /* Windows straddle tiles: two rows of tiles make a band, which is pooled when its last tile is there. */
        int band = place.y / 2 * 2 * w->m, rows = smaller(2 * w->m, w->out_height - band);
        place_tile_5(from, bias, w->relu, 0, plane, y0 - band, x0, rows, w->out_width);
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
  float *v = w->scratch + part * w->scratch_size, *sums = v + (size_t)products(w) * matrix;
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
  while ((tile = take(&w->next)) < tiles) transform(w, tile, 1, w->shared + (size_t)tile * (size_t)(w->blocks * LANES), matrix);
}

static void NAME(winograd_multiply)(void *task, size_t part) {
  ferm_winograd *w = task;
  int tiles = w->images * w->tiles_y * w->tiles_x, groups = (w->panels + w->panel_group - 1) / w->panel_group;
  size_t matrix = matrix_size(w, tiles);
  float *sums = w->scratch + part * w->scratch_size;
  float *plane = sums + (size_t)tiles * (size_t)(w->panel_group * VECTORS * (products(w) + 1) * LANES);
  long piece;
  while ((piece = take(&w->next)) < groups) {
    int first = (int)piece * w->panel_group, last = smaller(first + w->panel_group, w->panels);
    multiply(w, tiles, w->shared, matrix, first, last, sums);
    finish(w, 0, tiles, first, last, sums, plane);
  }
}
