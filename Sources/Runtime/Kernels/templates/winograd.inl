/* Winograd's algorithm. For points p_0 .. p_n and infinity, with M(x) the product of all (x - p_i):
   inputs are transformed by the coefficients of M(x) / (x - p_i) and M(x), outputs by the powers of p_i, and filters by those
   powers over the products of (p_i - p_j) (filters.c). Points come in pairs +p and -p, whose rows share all but one sign.
   Points that are small fractions of powers of two keep the error near that of direct convolution. */

/* ---- one-dimensional transforms of registers ---- */

/* F(2,3): 0, 1, -1, infinity. */
INLINE void input_2(const vec d[4], vec t[4]) {
  t[0] = d[2] - d[0];
  t[1] = d[2] + d[1];
  t[2] = d[2] - d[1];
  t[3] = d[3] - d[1];
}

INLINE void output_2(const vec t[4], vec y[2]) {
  y[0] = t[0] + (t[1] + t[2]);
  y[1] = (t[1] - t[2]) + t[3];
}

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

INLINE void input_4(const vec d[6], vec t[6]) {
  t[0] = end_4(d[0], d[2], d[4]);
  pair_4(d, A4, B4, t + 1);
  pair_4(d, B4, A4, t + 3);
  t[5] = end_4(d[1], d[3], d[5]);
}

INLINE void output_4(const vec t[6], vec y[4]) {
  vec sum_a = t[1] + t[2], difference_a = t[1] - t[2], sum_b = t[3] + t[4], difference_b = t[3] - t[4];
  y[0] = t[0] + (sum_a + sum_b);
  y[1] = multiply_add(difference_a, splat(A4), B4 * difference_b);
  y[2] = multiply_add(sum_a, splat(A4 * A4), (B4 * B4) * sum_b);
  y[3] = multiply_add(difference_a, splat(A4 * A4 * A4), multiply_add(difference_b, splat(B4 * B4 * B4), t[5]));
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

INLINE void input_5(const vec d[7], vec t[7]) {
  pair_5(d, P5, Q5, R5, t);
  pair_5(d, Q5, P5, R5, t + 2);
  pair_5(d, R5, P5, Q5, t + 4);
  t[6] = multiply_add(
      d[0], splat(-(P5 * P5 * Q5 * Q5 * R5 * R5)),
      multiply_add(d[2], splat(P5 * P5 * Q5 * Q5 + P5 * P5 * R5 * R5 + Q5 * Q5 * R5 * R5),
                   multiply_add(d[4], splat(-(P5 * P5 + Q5 * Q5 + R5 * R5)), d[6])));
}

INLINE void output_5(const vec t[7], vec y[5]) {
  vec sp = t[0] + t[1], dp = t[0] - t[1], sq = t[2] + t[3], dq = t[2] - t[3], sr = t[4] + t[5], dr = t[4] - t[5];
  y[0] = sp + (sq + sr);
  y[1] = multiply_add(dp, splat(P5), multiply_add(dq, splat(Q5), R5 * dr));
  y[2] = multiply_add(sp, splat(P5 * P5), multiply_add(sq, splat(Q5 * Q5), (R5 * R5) * sr));
  y[3] = multiply_add(dp, splat(P5 * P5 * P5), multiply_add(dq, splat(Q5 * Q5 * Q5), (R5 * R5 * R5) * dr));
  y[4] = multiply_add(
      sp, splat(P5 * P5 * P5 * P5),
      multiply_add(sq, splat(Q5 * Q5 * Q5 * Q5), multiply_add(sr, splat(R5 * R5 * R5 * R5), t[6])));
}

/* ---- tiles ---- */

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

#define TRANSFORMS(M)                                                                                      \
  /* Tile `tile`, all channels, into one row of the (M + 2)^2 matrices [row][channel], `matrix` floats apart. */   \
  static void input_tile_##M(const ferm_winograd *w, long tile, float *to, size_t matrix) {                        \
    enum { SIDE = M + 2 };                                                                                         \
    tile_place place = place_of(w, tile);                                                                          \
    patch_place part = patch_of(w, place, SIDE);                                                                   \
    int whole = part.top == 0 && part.left == 0 && part.bottom == SIDE && part.right == SIDE;                      \
    const float *plane = w->input + (size_t)place.image * w->stride;                                               \
    /* Beyond the map's edge there are zeros: the same places for all channels. */                                 \
    float copy[SIDE * SIDE * LANES];                                                                               \
    for (int i = 0; i < SIDE * SIDE && !whole; i++) store(copy + i * LANES, (vec)0.0f);                            \
    for (int block = 0; block < w->blocks; block++, to += LANES, plane += w->height * w->width * LANES) {          \
      ptrdiff_t row = (ptrdiff_t)w->width * LANES;                                                                 \
      const float *patch = plane + part.y0 * row + part.x0 * LANES;                                                \
      /* The tile to the right needs M more columns of large maps; no prefetcher of the processor's finds them. */ \
      for (int y = part.top; y < part.bottom && w->width > 4 * SIDE; y++)                                          \
        for (int x = SIDE * LANES; x < (SIDE + M) * LANES; x += 16) __builtin_prefetch(patch + y * row + x);       \
      if (!whole) {                                                                                                \
        for (int y = part.top; y < part.bottom; y++)                                                               \
          for (int x = part.left; x < part.right; x++)                                                             \
            store(copy + (y * SIDE + x) * LANES, load(patch + y * row + x * LANES));                               \
        patch = copy;                                                                                              \
        row = SIDE * LANES;                                                                                        \
      }                                                                                                            \
      vec half[SIDE][SIDE];                                                                                        \
      UNROLLED for (int x = 0; x < SIDE; x++) {                                                                    \
        vec column[SIDE], result[SIDE];                                                                            \
        UNROLLED for (int y = 0; y < SIDE; y++) column[y] = load(patch + y * row + x * LANES);                     \
        input_##M(column, result);                                                                                 \
        UNROLLED for (int y = 0; y < SIDE; y++) half[y][x] = result[y];                                            \
      }                                                                                                            \
      float *out = to;                                                                                             \
      for (int y = 0; y < SIDE; y++, out += SIDE * matrix) {                                                       \
        vec result[SIDE];                                                                                          \
        input_##M(half[y], result);                                                                                \
        UNROLLED for (int x = 0; x < SIDE; x++) store(out + (size_t)x * matrix, result[x]);                        \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
  /* The M x M outputs of a tile, from (M + 2)^2 registers, with bias and ReLU. */                                 \
  INLINE void output_tile_##M(const float *from, vec bias, int relu, vec result[M][M]) {                           \
    enum { SIDE = M + 2 };                                                                                         \
    vec half[M][SIDE];                                                                                             \
    UNROLLED for (int x = 0; x < SIDE; x++) {                                                                      \
      vec column[SIDE], y[M];                                                                                      \
      UNROLLED for (int i = 0; i < SIDE; i++) column[i] = load(from + (i * SIDE + x) * LANES);                     \
      output_##M(column, y);                                                                                       \
      UNROLLED for (int i = 0; i < M; i++) half[i][x] = y[i];                                                      \
    }                                                                                                              \
    UNROLLED for (int i = 0; i < M; i++) {                                                                         \
      output_##M(half[i], result[i]);                                                                              \
      UNROLLED for (int x = 0; x < M; x++) {                                                                       \
        vec value = result[i][x] + bias;                                                                           \
        result[i][x] = relu ? rectified(value) : value;                                                            \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
  /* One tile and block of channels into a plane [height][width] of outputs. */                                    \
  static void place_tile_##M(const float *from, vec bias, int relu, int past, float *plane, int y0, int x0, int height, \
                             int width) {                                                                          \
    vec result[M][M];                                                                                              \
    output_tile_##M(from, bias, relu, result);                                                                     \
    float *to = plane + ((ptrdiff_t)y0 * width + x0) * LANES;                                                      \
    if (past && y0 + M <= height && x0 + M <= width) {                                                             \
      UNROLLED for (int y = 0; y < M; y++) {                                                                       \
        UNROLLED for (int x = 0; x < M; x++) stream(to + (y * width + x) * LANES, result[y][x]);                   \
      }                                                                                                            \
      return;                                                                                                      \
    }                                                                                                              \
    if (y0 + M <= height && x0 + M <= width) {                                                                     \
      UNROLLED for (int y = 0; y < M; y++) {                                                                       \
        UNROLLED for (int x = 0; x < M; x++) store(to + (y * width + x) * LANES, result[y][x]);                    \
      }                                                                                                            \
      return;                                                                                                      \
    }                                                                                                              \
    for (int y = 0; y < smaller(M, height - y0); y++)                                                              \
      for (int x = 0; x < smaller(M, width - x0); x++) store(to + (y * width + x) * LANES, result[y][x]);          \
  }

TRANSFORMS(2)
TRANSFORMS(4)
TRANSFORMS(5)

/* A tile of even M whose 2x2 maxima are all its own. */
#define POOLED(M)                                                                                                    \
  static void pool_tile_##M(const float *from, vec bias, int relu, float *plane, int y0, int x0, int height,         \
                            int width) {                                                                             \
    vec result[M][M];                                                                                                \
    output_tile_##M(from, bias, relu, result);                                                                       \
    for (int y = 0; y < M / 2 && y0 / 2 + y < height; y++)                                                           \
      for (int x = 0; x < M / 2 && x0 / 2 + x < width; x++)                                                          \
        store(plane + ((ptrdiff_t)(y0 / 2 + y) * width + x0 / 2 + x) * LANES,                                        \
              larger(larger(result[2 * y][2 * x], result[2 * y][2 * x + 1]),                                         \
                     larger(result[2 * y + 1][2 * x], result[2 * y + 1][2 * x + 1])));                               \
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
  int depth = w->blocks * LANES, vectors = w->block * VECTORS;
  ptrdiff_t sum_vector = (products(w) + 1) * LANES;
  size_t panel_size = (size_t)depth * COLUMNS;
  const float *filters = w->filters + (size_t)first_panel * panel_size * (size_t)products(w);
  int is_cached = panel_size * (size_t)(w->panels * products(w)) < CACHED_FILTERS;
  for (int e = 0; e < products(w); e++)
    for (int panel = first_panel; panel < last_panel; panel++, filters += panel_size) {
      int is_last = e + 1 == products(w) && panel + 1 == w->panels;
      ferm_product p = {.x = v + (size_t)e * matrix, .row_stride = depth, .rows = count, .depth = depth,
                        .weights = filters, .c = sums + e * LANES + (panel - first_panel) * VECTORS * sum_vector,
                        .c_row = vectors * sum_vector, .c_vector = sum_vector, .vectors = VECTORS,
                        .prefetch = is_last || is_cached ? NULL : (const char *)(filters + panel_size)};
      NAME(product)(&p);
    }
}

static void finish(const ferm_winograd *w, long first, int count, int first_panel, int last_panel, const float *sums,
                   float *plane) {
  ptrdiff_t sum_vector = (products(w) + 1) * LANES;
  int height = w->pool ? w->out_height / 2 : w->out_height, width = w->pool ? w->out_width / 2 : w->out_width;
  int per_image = w->tiles_y * w->tiles_x;
  int last_block = smaller(last_panel * VECTORS, w->out_blocks);
  for (int block = first_panel * VECTORS; block < last_block; block++) {
    vec bias = load(w->bias + block * LANES);
    for (int i = 0; i < count; i++) {
      tile_place place = place_of(w, first + i);
      const float *from = sums + (i * (ptrdiff_t)w->block * VECTORS + block - first_panel * VECTORS) * sum_vector;
      float *to = w->output + (size_t)place.image * w->out_stride + (size_t)block * (size_t)(height * width * LANES);
      int y0 = place.y * w->m, x0 = place.x * w->m;
      if (!w->pool) switch (w->m) {
          case 2: place_tile_2(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
          case 4: place_tile_4(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
          default: place_tile_5(from, bias, w->relu, w->stream, to, y0, x0, height, width); break;
        }
      else if (w->m == 2) pool_tile_2(from, bias, w->relu, to, y0, x0, height, width);
      else if (w->m == 4) pool_tile_4(from, bias, w->relu, to, y0, x0, height, width);
      else {
        /* Windows straddle tiles: pool when the image's last tile is there. */
        place_tile_5(from, bias, w->relu, 0, plane, y0, x0, w->out_height, w->out_width);
        if (place.y * w->tiles_x + place.x == per_image - 1) pool_plane(plane, w->out_width, to, height, width);
      }
    }
  }
}

/* ---- sharing the work ---- */

static void NAME(winograd)(ferm_winograd *w, size_t part) {
  long tiles = (long)w->images * w->tiles_y * w->tiles_x, chunks = (tiles + w->chunk - 1) / w->chunk, piece;
  size_t matrix = matrix_size(w, w->chunk);
  float *v = w->scratch + part * w->scratch_size, *sums = v + (size_t)products(w) * matrix;
  float *plane = sums + (size_t)w->chunk * (size_t)(w->block * VECTORS * (products(w) + 1) * LANES);
  while ((piece = take(&w->next)) < chunks) {
    long first = piece * w->chunk;
    int count = (int)(tiles - first < w->chunk ? tiles - first : w->chunk);
    transform(w, first, count, v, matrix);
    for (int panel = 0; panel < w->panels; panel += w->block) {
      int last = smaller(panel + w->block, w->panels);
      multiply(w, count, v, matrix, panel, last, sums);
      finish(w, first, count, panel, last, sums, plane);
    }
  }
}

static void NAME(winograd_transform)(ferm_winograd *w, size_t part) {
  (void)part;
  int tiles = w->images * w->tiles_y * w->tiles_x;
  size_t matrix = matrix_size(w, tiles);
  long tile;
  while ((tile = take(&w->next)) < tiles) transform(w, tile, 1, w->shared + (size_t)tile * (size_t)(w->blocks * LANES), matrix);
}

static void NAME(winograd_multiply)(ferm_winograd *w, size_t part) {
  int tiles = w->images * w->tiles_y * w->tiles_x, blocks = (w->panels + w->block - 1) / w->block;
  size_t matrix = matrix_size(w, tiles);
  float *sums = w->scratch + part * w->scratch_size;
  float *plane = sums + (size_t)tiles * (size_t)(w->block * VECTORS * (products(w) + 1) * LANES);
  long piece;
  while ((piece = take(&w->next)) < blocks) {
    int first = (int)piece * w->block, last = smaller(first + w->block, w->panels);
    multiply(w, tiles, w->shared, matrix, first, last, sums);
    finish(w, 0, tiles, first, last, sums, plane);
  }
}
