/* The gradient of Winograd's filters: dU = V^T W over tiles.

   With U = G g G^T, V = B^T x B and Y = A^T (U . V) A (filters.inl, tiles.inl, winograd.inl) the gradient is
   dg = G^T (V . (A dY A^T)) G: the inputs' transform is that of the forward pass, and the output gradients' the transpose of the
   output transform. Narrow products take two tiles at a time. */

/* ---- the transpose of the output transform ---- */

INLINE void spread_2(const vec y[2], vec t[4]) {
  t[0] = y[0], t[1] = y[0] + y[1], t[2] = y[0] - y[1], t[3] = y[1];
}

INLINE void spread_pair_4(const vec y[4], float p, vec t[2]) {
  vec even = multiply_add(y[2], splat(p * p), y[0]), odd = p * multiply_add(y[3], splat(p * p), y[1]);
  t[0] = even + odd, t[1] = even - odd;
}

INLINE void spread_4(const vec y[4], vec t[6]) {
  t[0] = y[0];
  spread_pair_4(y, A4, t + 1);
  spread_pair_4(y, B4, t + 3);
  t[5] = y[3];
}

INLINE void spread_3(const vec y[3], vec t[5]) {
  vec even = multiply_add(y[2], splat(A3 * A3), y[0]), odd = A3 * y[1];
  t[0] = y[0], t[1] = even + odd, t[2] = even - odd;
  t[3] = multiply_add(multiply_add(y[2], splat(B3), y[1]), splat(B3), y[0]);
  t[4] = y[2];
}

#ifndef NARROW
INLINE void spread_pair_5(const vec y[5], float p, vec t[2]) {
  vec even = multiply_add(multiply_add(y[4], splat(p * p), y[2]), splat(p * p), y[0]);
  vec odd = p * multiply_add(y[3], splat(p * p), y[1]);
  t[0] = even + odd, t[1] = even - odd;
}

INLINE void spread_5(const vec y[5], vec t[7]) {
  spread_pair_5(y, P5, t);
  spread_pair_5(y, Q5, t + 2);
  spread_pair_5(y, R5, t + 4);
  t[6] = y[4];
}
#endif

/* The gradient of one tile of one block, a plane [height][width], to products; returns the sum of its pixels. */
#define SPREAD(M)                                                                                                   \
  INLINE vec spread_tile_##M(const float *plane, int y0, int x0, int height, int width, element *to,                \
                              size_t product) {                                                                     \
    enum { SIDE = M + 2 };                                                                                          \
    vec half[SIDE][M], sum = (vec)0.0f;                                                                             \
    int rows = smaller(M, height - y0), columns = smaller(M, width - x0);                                           \
    const float *from = plane + ((ptrdiff_t)y0 * width + x0) * LANES;                                               \
    UNROLLED for (int x = 0; x < M; x++) {                                                                          \
      vec column[M], result[SIDE];                                                                                  \
      UNROLLED for (int y = 0; y < M; y++) {                                                                        \
        column[y] = x < columns && y < rows ? load(from + (y * width + x) * LANES) : (vec)0.0f;                     \
        sum += column[y];                                                                                           \
      }                                                                                                             \
      spread_##M(column, result);                                                                                   \
      UNROLLED for (int y = 0; y < SIDE; y++) half[y][x] = result[y];                                               \
    }                                                                                                               \
    UNROLLED for (int y = 0; y < SIDE; y++) {                                                                       \
      vec result[SIDE];                                                                                             \
      spread_##M(half[y], result);                                                                                  \
      UNROLLED for (int x = 0; x < SIDE; x++) store_element(to + (size_t)(y * SIDE + x) * product, result[x]);      \
    }                                                                                                               \
    return sum;                                                                                                     \
  }

TILE_SIZES(SPREAD)

INLINE vec spread_tile(int m, const float *plane, int y, int x, int height, int width, element *to, size_t product) {
  switch (m) {
#define SPREAD_TILE(M) \
  case M: return spread_tile_##M(plane, M * y, M * x, height, width, to, product);
    TILE_SIZES(SPREAD_TILE)
    default: return (vec)0.0f;
  }
}

/* ---- both transforms: one piece of work is an image, or two whose tiles make pairs, and a block of channels, of inputs first,
   then of outputs ---- */

/* Images of a piece. */
INLINE int images_together(const ferm_filter_gradient *f) { return f->map.tiles_y * f->map.tiles_x % IN_UNIT ? IN_UNIT : 1; }

#ifdef NARROW

/* Room for a pair of tiles: [product][tile][lane]. */
typedef struct { element of[6 * 6 * IN_UNIT * LANES]; } tile_pair;

INLINE void store_pair(const tile_pair *both, int count, float *to, size_t product) {
  for (int e = 0; e < count; e++, to += product)
    store(to, paired(load_elements(both->of + 2 * e * LANES), load_elements(both->of + (2 * e + 1) * LANES)));
}

INLINE void transform_tiles(const ferm_winograd *w, long first, int count, float *to, size_t product) {
  tile_pair both;
  for (int tile = 0; tile < count; tile += 2, to += LANES) {
    if (tile + 1 == count) memset(&both, 0, sizeof both);
    transform(w, first + tile, smaller(2, count - tile), both.of, 2 * LANES);
    store_pair(&both, products(w), to, product);
  }
}

#else

INLINE void transform_tiles(const ferm_winograd *w, long first, int count, float *to, size_t product) {
  transform(w, first, count, to, product);
}

#endif

/* A plane comes from memory faster when all of it is asked for at once. */
INLINE void fetch(const float *plane, int pixels) {
  for (int i = 0; i < pixels * LANES; i += 16) __builtin_prefetch(plane + i, 0, 2);
}

static void transform_inputs(const ferm_filter_gradient *f, int image, int images, int block) {
  /* The forward pass's transform of one block alone, as blocks lie apart here. */
  ferm_winograd one = f->map;
  int tiles = one.tiles_y * one.tiles_x;
  one.input += (size_t)block * (size_t)(one.height * one.width * LANES);
  one.blocks = 1;
  for (int i = 0; i < images; i++)
    fetch(one.input + (size_t)(f->first_image + image + i) * one.pitch, one.height * one.width);
  float *to = f->v + ((size_t)block * (size_t)f->tiles + (size_t)(image * tiles / IN_UNIT)) * LANES;
  transform_tiles(&one, (long)(f->first_image + image) * tiles, images * tiles, to, f->v_pitch);
}

static void transform_gradients(const ferm_filter_gradient *f, int image, int images, int block) {
  const ferm_winograd *w = &f->map;
  int tiles = w->tiles_y * w->tiles_x, height = w->out_height, width = w->out_width;
  float *to = f->w + (size_t)(block / VECTORS) * (size_t)products(w) * f->w_pitch + (size_t)(image * tiles / IN_UNIT) * COLUMNS +
              block % VECTORS * LANES;
#ifdef NARROW
  tile_pair both;
  int is_odd = 0;
#endif
  for (int i = f->first_image + image; i < f->first_image + image + images; i++) {
    const float *plane = f->dy + (size_t)i * f->dy_pitch + (size_t)block * (size_t)(height * width * LANES);
    fetch(plane, height * width);
    vec sum = (vec)0.0f;
    for (int y = 0; y < w->tiles_y; y++)
      for (int x = 0; x < w->tiles_x; x++) {
#ifdef NARROW
        sum += spread_tile(w->m, plane, y, x, height, width, both.of + is_odd * LANES, 2 * LANES);
        if (is_odd) store_pair(&both, products(w), to, f->w_pitch), to += COLUMNS;
        is_odd = !is_odd;
#else
        sum += spread_tile(w->m, plane, y, x, height, width, to, f->w_pitch);
        to += COLUMNS;
#endif
      }
    store(f->bias + ((size_t)i * (size_t)w->out_blocks + (size_t)block) * LANES, sum);
  }
#ifdef NARROW
  if (is_odd) {
    for (int e = 0; e < products(w); e++) memset(both.of + (2 * e + 1) * LANES, 0, LANES * sizeof(element));
    store_pair(&both, products(w), to, f->w_pitch);
  }
#endif
}

static void NAME(filter_transform)(ferm_filter_gradient *f, size_t part) {
  (void)part;
  int blocks = f->map.blocks + f->map.out_blocks, together = images_together(f);
  long piece;
  while ((piece = take(&f->next)) < (long)((f->images + together - 1) / together) * blocks) {
    int image = (int)(piece / blocks) * together, block = (int)(piece % blocks);
    int images = smaller(together, f->images - image);
    if (block < f->map.blocks) transform_inputs(f, image, images, block);
    else transform_gradients(f, image, images, block - f->map.blocks);
  }
}

/* ---- products, and the way back to filters ---- */

/* Sums [product][LANES][COLUMNS] of one block and panel to gradients of 3x3 filters. */
INLINE void turn_back(const ferm_filter_gradient *f, const filter_matrix *g, const int side, int panel, int block,
                      const float *sums) {
  int outputs = smaller(COLUMNS, f->outputs - panel * COLUMNS), channels = smaller(LANES, f->channels - block * LANES);
  for (int row = 0; row < channels; row++, sums += COLUMNS) {
    float taps[9 * COLUMNS];
    for (int v = 0; v < VECTORS; v++) {
      vec half[3][7];
      UNROLLED for (int j = 0; j < side; j++) {
        vec a[3] = {(vec)0.0f, (vec)0.0f, (vec)0.0f};
        UNROLLED for (int i = 0; i < side; i++) {
          vec u = load(sums + (i * side + j) * (LANES * COLUMNS) + v * LANES);
          UNROLLED for (int x = 0; x < 3; x++) a[x] = multiply_add(u, splat(g->row[i][x]), a[x]);
        }
        UNROLLED for (int x = 0; x < 3; x++) half[x][j] = a[x];
      }
      UNROLLED for (int y = 0; y < 3; y++) {
        UNROLLED for (int x = 0; x < 3; x++) {
          vec value = (vec)0.0f;
          UNROLLED for (int j = 0; j < side; j++) value = multiply_add(half[y][j], splat(g->row[j][x]), value);
          store(taps + (3 * y + x) * COLUMNS + v * LANES, value);
        }
      }
    }
    float *to = f->gradient + ((size_t)panel * COLUMNS * (size_t)f->channels + (size_t)(block * LANES + row)) * 9;
    for (int o = 0; o < outputs; o++, to += (size_t)f->channels * 9)
      for (int k = 0; k < 9; k++) to[k] = f->accumulate ? to[k] + taps[k * COLUMNS + o] : taps[k * COLUMNS + o];
  }
}

/* One piece of work is `block_group` blocks of input channels and a panel of outputs. */
static void NAME(filter_multiply)(ferm_filter_gradient *f, size_t part) {
  const ferm_winograd *w = &f->map;
  filter_matrix g = filter_matrix_of(w->m);
  int tiles = f->tiles, groups = (w->blocks + f->block_group - 1) / f->block_group;
  size_t sums_size = (size_t)products(w) * LANES * COLUMNS;
  long piece;
  while ((piece = take(&f->next)) < (long)w->panels * groups) {
    int panel = (int)(piece / groups), first = (int)(piece % groups) * f->block_group, last = smaller(first + f->block_group, w->blocks);
    int is_all = f->is_first && f->is_last;
    float *sums = f->sums + (is_all ? part * (size_t)f->block_group : (size_t)panel * (size_t)w->blocks + (size_t)first) * sums_size;
    const float *weights = f->w + (size_t)panel * (size_t)products(w) * f->w_pitch;
    for (int e = 0; e < products(w); e++, weights += f->w_pitch)
      for (int block = first; block < last; block++) {
        ferm_product p = {.x = f->v + (size_t)e * f->v_pitch + (size_t)block * (size_t)tiles * LANES, .row_pitch = 1,
                          .offsets = f->offsets, .rows = LANES, .depth = tiles, .type = USUAL,
                          .weights = weights, .c = sums + (size_t)(block - first) * sums_size + (size_t)e * (LANES * COLUMNS),
                          .c_row_pitch = COLUMNS, .c_vector_pitch = LANES, .vectors = VECTORS, .accumulate = !f->is_first,
                          /* The next product's gradients come from the third-level cache. */
                          .prefetch = block == first && e + 1 < products(w) ? (const char *)(weights + f->w_pitch) : NULL};
        NAME(product)(&p);
      }
    for (int block = first; block < last && f->is_last; block++, sums += sums_size) switch (w->m) {
#define TURN_BACK(M) \
  case M: turn_back(f, &g, M + 2, panel, block, sums); break;
        TILE_SIZES(TURN_BACK)
      }
  }
}
