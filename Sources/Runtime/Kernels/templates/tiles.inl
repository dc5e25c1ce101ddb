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

/* F(3,3): 0, 5/4, -5/4, 1/2, infinity. */
#define A3 1.25f
#define B3 0.5f

INLINE vec end_3(vec d0, vec d1, vec d2, vec d3) {
  return multiply_add(d0, splat(A3 * A3 * B3), multiply_add(d1, splat(-(A3 * A3)), multiply_add(d2, splat(-B3), d3)));
}

enum { GROUPS_3 = 3 };
static const int rows_of_3[GROUPS_3][2] = {{0, 4}, {1, 2}, {3, 3}};

INLINE void input_rows_3(const vec d[5], int group, vec t[2]) {
  if (group == 0) t[0] = end_3(d[0], d[1], d[2], d[3]), t[1] = end_3(d[1], d[2], d[3], d[4]);
  else if (group == 1) {
    vec even = multiply_add(d[2], splat(-B3), d[3]), odd = A3 * multiply_add(d[1], splat(-B3), d[2]);
    t[0] = even + odd, t[1] = even - odd;
  } else t[0] = t[1] = multiply_add(d[1], splat(-(A3 * A3)), d[3]);
}

INLINE void evens_3(const vec t[5], vec y[2]) {
  vec sum = t[1] + t[2];
  y[0] = t[0] + (sum + t[3]);
  y[1] = multiply_add(sum, splat(A3 * A3), multiply_add(t[3], splat(B3 * B3), t[4]));
}

INLINE void odds_3(const vec t[5], vec y[1]) { y[0] = multiply_add(t[1] - t[2], splat(A3), B3 * t[3]); }

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

#ifndef NARROW
/* F(5,3), which would lose too much in bf16: 1/4, -1/4, 3/4, -3/4, 7/4, -7/4, infinity. */
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
#endif

#if !defined(NARROW) && !defined(TRAINING) && LANES == 16
#define HAS_TILES_OF_6
/* F(6,3), whose tiles fill the registers of AVX-512: 0, 1, -1, 2, -2, 1/2, -1/2, infinity. */
INLINE void pair_6(const vec d[8], float a, float products, float squares, vec t[2]) {
  vec even = multiply_add(d[2], splat(products), multiply_add(d[4], splat(-squares), d[6]));
  vec odd = a * multiply_add(d[1], splat(products), multiply_add(d[3], splat(-squares), d[5]));
  t[0] = even + odd, t[1] = even - odd;
}

INLINE vec end_6(vec d0, vec d2, vec d4, vec d6) { return multiply_add(d2 - d4, splat(5.25f), d6 - d0); }

enum { GROUPS_6 = 4 };
static const int rows_of_6[GROUPS_6][2] = {{0, 7}, {1, 2}, {3, 4}, {5, 6}};

INLINE void input_rows_6(const vec d[8], int group, vec t[2]) {
  if (group == 0) t[0] = end_6(d[0], d[2], d[4], d[6]), t[1] = end_6(d[1], d[3], d[5], d[7]);
  else if (group == 1) pair_6(d, 1.0f, 1.0f, 4.25f, t);
  else if (group == 2) pair_6(d, 2.0f, 0.25f, 1.25f, t);
  else pair_6(d, 0.5f, 4.0f, 5.0f, t);
}

INLINE void evens_6(const vec t[8], vec y[3]) {
  vec a = t[1] + t[2], b = t[3] + t[4], c = t[5] + t[6];
  y[0] = t[0] + (a + (b + c));
  y[1] = multiply_add(b, splat(4.0f), multiply_add(c, splat(0.25f), a));
  y[2] = multiply_add(b, splat(16.0f), multiply_add(c, splat(0.0625f), a));
}

INLINE void odds_6(const vec t[8], vec y[3]) {
  vec a = t[1] - t[2], b = t[3] - t[4], c = t[5] - t[6];
  y[0] = multiply_add(b, splat(2.0f), multiply_add(c, splat(0.5f), a));
  y[1] = multiply_add(b, splat(8.0f), multiply_add(c, splat(0.125f), a));
  y[2] = multiply_add(b, splat(32.0f), multiply_add(c, splat(0.03125f), a + t[7]));
}
#endif

/* The sizes of tiles that there are, SIZE(m), and what is to be done for one that is known when the program runs. */
#ifdef NARROW
#define TILE_SIZES(SIZE) SIZE(2) SIZE(3) SIZE(4)
#elif defined(HAS_TILES_OF_6)
#define TILE_SIZES(SIZE) SIZE(2) SIZE(3) SIZE(4) SIZE(5) SIZE(6)
#else
#define TILE_SIZES(SIZE) SIZE(2) SIZE(3) SIZE(4) SIZE(5)
#endif

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
static const float zero_row[8 * LANES] __attribute__((aligned(64)));

/* Rows of a transform are made two at a time, straight from memory: all at once would not fit into the registers. */
#define INPUT_TRANSFORMS(M)                                                                                          \
  INLINE void input_##M(const vec d[M + 2], vec t[M + 2]) {                                                          \
    UNROLLED for (int g = 0; g < GROUPS_##M; g++) {                                                                  \
      vec two[2];                                                                                                    \
      input_rows_##M(d, g, two);                                                                                     \
      t[rows_of_##M[g][0]] = two[0], t[rows_of_##M[g][1]] = two[1];                                                  \
    }                                                                                                                \
  }                                                                                                                  \
  /* One block of channels of a patch, whose rows are given, into one row of each of the (M + 2)^2 matrices. */      \
  INLINE void input_block_##M(const float *const rows[M + 2], int left, int right, element *to, size_t matrix) {     \
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
        element *out = to + (size_t)(rows_of_##M[g][i] * SIDE) * matrix;                                             \
        UNROLLED for (int x = 0; x < SIDE; x++) store_element(out + (size_t)x * matrix, result[x]);                  \
      }                                                                                                              \
    }                                                                                                                \
  }                                                                                                                  \
  /* Tile `tile`, all channels, into one row of the (M + 2)^2 matrices [row][channel], `matrix` elements apart. */   \
  static void input_tile_##M(const ferm_winograd *w, long tile, element *to, size_t matrix) {                        \
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
      /* Small tiles are those of small maps, most of which lie at an edge: they have no code of their own for the rest. */ \
      if (whole && M > 3) input_block_##M(rows, 0, SIDE, to, matrix);                                                \
      else input_block_##M(rows, part.left, part.right, to, matrix);                                                 \
    }                                                                                                                \
  }

TILE_SIZES(INPUT_TRANSFORMS)

#ifndef TRAINING
/* One tile of a window at stride 2, all channels and phases. */
static void input_tile_phases(const ferm_winograd *w, long tile, element *to, size_t matrix) {
  enum { SIDE = 4 };
  tile_place place = place_of(w, tile);
  const float *image = w->input + (size_t)place.image * w->pitch;
  for (int phase = 0; phase < 4; phase++) {
    int y0 = 2 * w->m * place.y - w->pad_top + phase / 2, x0 = 2 * w->m * place.x - w->pad_left + phase % 2;
    ptrdiff_t offsets[SIDE][SIDE];
    for (int y = 0; y < SIDE; y++)
      for (int x = 0; x < SIDE; x++) {
        int row = y0 + 2 * y, column = x0 + 2 * x, is_inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
        offsets[y][x] = is_inside ? ((ptrdiff_t)row * w->width + column) * LANES : -1;
      }
    const float *map = image;
    for (int block = 0; block < w->blocks; block++, map += (ptrdiff_t)w->height * w->width * LANES) {
      vec half[SIDE][SIDE];
      UNROLLED for (int x = 0; x < SIDE; x++) {
        vec column[SIDE], t[SIDE];
        UNROLLED for (int y = 0; y < SIDE; y++) column[y] = load(offsets[y][x] < 0 ? zero_row : map + offsets[y][x]);
        input_2(column, t);
        UNROLLED for (int y = 0; y < SIDE; y++) half[y][x] = t[y];
      }
      UNROLLED for (int y = 0; y < SIDE; y++) {
        vec result[SIDE];
        input_2(half[y], result);
        UNROLLED for (int x = 0; x < SIDE; x++) {
          int e = y * SIDE + x, slot = ferm_winograd_slot(phase, e);
          if (slot >= 0) store_element(to + (size_t)e * matrix + (slot * w->blocks + block) * LANES, result[x]);
        }
      }
    }
  }
}
#endif

INLINE int products(const ferm_winograd *w) { return ferm_winograd_products(w->m, w->stride); }
/* Elements of a tile's row in the matrix of a product. */
INLINE ptrdiff_t row_size(const ferm_winograd *w) { return (ptrdiff_t)(w->blocks * LANES * ferm_winograd_phases(w->stride, 0)); }
/* Elements from one matrix of transformed inputs to the next: a line more than it needs, against cache conflicts. */
INLINE size_t matrix_size(const ferm_winograd *w, int tiles) {
  return (size_t)tiles * (size_t)row_size(w) + 16 * IN_UNIT;
}

static void transform(const ferm_winograd *w, long first, int count, element *v, size_t matrix) {
  for (int i = 0; i < count; i++, v += row_size(w)) {
#ifndef TRAINING
    if (w->stride == 2) {
      input_tile_phases(w, first + i, v, matrix);
      continue;
    }
#endif
    switch (w->m) {
#define INPUT_TILE(M) \
  case M: input_tile_##M(w, first + i, v, matrix); break;
      TILE_SIZES(INPUT_TILE)
    }
  }
}
