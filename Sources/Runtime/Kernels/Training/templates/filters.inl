/* Winograd's filters of one step, and their gradient (dU = V^T W over tiles; Lavin and Gray, arXiv:1509.09308).

   With U = G g G^T, V = B^T x B and Y = A^T (U . V) A the gradient is dg = G^T (V . (A dY A^T)) G: the inputs' transform is
   that of the forward pass, and the output gradients' the transpose of the output transform. */

typedef struct { float row[7][3]; } filter_matrix;

static filter_matrix filter_matrix_of(int m) {
  double g[7][3];
  filter_matrix result;
  ferm_winograd_filter_matrix(m, g);
  for (int i = 0; i < m + 2; i++)
    for (int x = 0; x < 3; x++) result.row[i][x] = (float)g[i][x];
  return result;
}

/* ---- packing ---- */

/* One channel of a panel of outputs: taps [9][COLUMNS] to products, `product` floats apart. */
INLINE void transform_filters(const filter_matrix *g, const int side, const float *taps, float *to, size_t product,
                              int past) {
  for (int v = 0; v < VECTORS; v++, taps += LANES, to += LANES) {
    vec half[3][7];
    UNROLLED for (int x = 0; x < 3; x++) {
      vec f0 = load(taps + x * COLUMNS), f1 = load(taps + (3 + x) * COLUMNS), f2 = load(taps + (6 + x) * COLUMNS);
      UNROLLED for (int i = 0; i < side; i++)
        half[x][i] = multiply_add(f2, splat(g->row[i][2]), multiply_add(f1, splat(g->row[i][1]), f0 * g->row[i][0]));
    }
    UNROLLED for (int i = 0; i < side; i++) {
      UNROLLED for (int j = 0; j < side; j++) {
        vec value = multiply_add(half[2][i], splat(g->row[j][2]),
                                 multiply_add(half[1][i], splat(g->row[j][1]), half[0][i] * g->row[j][0]));
        if (past) stream(to + (size_t)(i * side + j) * product, value);
        else store(to + (size_t)(i * side + j) * product, value);
      }
    }
  }
}

/* Taps [9][COLUMNS] of channel c for a panel; zero where there is no such channel or output. */
static void gather_taps(const ferm_filters *f, int panel, int c, float *taps) {
  ptrdiff_t from_output = f->turned ? 9 : 9 * (ptrdiff_t)f->channels, from_channel = f->turned ? 9 * (ptrdiff_t)f->outputs : 9;
  int first = panel * COLUMNS, count = c < f->channels ? smaller(COLUMNS, f->outputs - first) : 0;
  const float *from = f->filters + first * from_output + c * from_channel;
  for (int column = 0; column < count; column++, from += from_output) {
    if (f->turned)
      for (int k = 0; k < 9; k++) taps[k * COLUMNS + column] = from[8 - k];
    else
      for (int k = 0; k < 9; k++) taps[k * COLUMNS + column] = from[k];
  }
  for (int column = count; column < COLUMNS; column++)
    for (int k = 0; k < 9; k++) taps[k * COLUMNS + column] = 0;
}

enum { MANY_FILTERS = 8 << 20 };

/* One piece of work is LANES channels of a panel. */
static void NAME(filters)(ferm_filters *f, size_t part) {
  (void)part;
  filter_matrix g = filter_matrix_of(f->m);
  int side = f->m + 2, panels = (f->outputs + COLUMNS - 1) / COLUMNS, blocks = (f->channels + LANES - 1) / LANES;
  size_t panel_size = (size_t)(blocks * LANES) * COLUMNS;
  /* Filters that the caches cannot hold go past them. */
  int past = (size_t)(side * side * panels) * panel_size > MANY_FILTERS;
  long piece;
  while ((piece = take(&f->next)) < (long)panels * blocks) {
    int panel = (int)(piece / blocks), first = (int)(piece % blocks) * LANES;
    ferm_packed_panel place = ferm_winograd_panel(f->m, panels, f->panel_group, panel, panel_size);
    for (int c = first; c < first + LANES; c++) {
      float taps[9 * COLUMNS];
      gather_taps(f, panel, c, taps);
      float *row = f->packed + place.first + (size_t)c * COLUMNS;
      switch (f->m) {
        case 2: transform_filters(&g, 4, taps, row, place.pitch, past); break;
        case 4: transform_filters(&g, 6, taps, row, place.pitch, past); break;
        default: transform_filters(&g, 7, taps, row, place.pitch, past); break;
      }
    }
  }
}

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

/* The gradient of one tile of one block, a plane [height][width], to products; returns the sum of its pixels. */
#define SPREAD(M)                                                                                                   \
  INLINE vec spread_tile_##M(const float *plane, int y0, int x0, int height, int width, float *to, size_t product) { \
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
      UNROLLED for (int x = 0; x < SIDE; x++) store(to + (size_t)(y * SIDE + x) * product, result[x]);              \
    }                                                                                                               \
    return sum;                                                                                                     \
  }

SPREAD(2)
SPREAD(4)
SPREAD(5)

/* ---- both transforms: one piece of work is an image and a block of channels, of inputs first, then of outputs ---- */

static void transform_inputs(const ferm_filter_gradient *f, int image, int block) {
  /* The forward pass's transform of one block alone, as blocks lie apart here. */
  ferm_winograd one = f->map;
  int tiles = one.tiles_y * one.tiles_x;
  one.input += (size_t)block * (size_t)(one.height * one.width * LANES);
  one.blocks = 1;
  float *to = f->v + ((size_t)block * (size_t)(f->images * tiles) + (size_t)(image * tiles)) * LANES;
  transform(&one, (long)(f->first_image + image) * tiles, tiles, to, f->v_pitch);
}

static void transform_gradients(const ferm_filter_gradient *f, int image, int block) {
  const ferm_winograd *w = &f->map;
  int tiles = w->tiles_y * w->tiles_x, height = w->out_height, width = w->out_width;
  const float *plane = f->dy + (size_t)(f->first_image + image) * f->dy_pitch + (size_t)block * (size_t)(height * width * LANES);
  float *to = f->w + (size_t)(block / VECTORS) * (size_t)products(w) * f->w_pitch + (size_t)(image * tiles) * COLUMNS +
              block % VECTORS * LANES;
  vec sum = (vec)0.0f;
  for (int y = 0; y < w->tiles_y; y++)
    for (int x = 0; x < w->tiles_x; x++, to += COLUMNS) switch (w->m) {
        case 2: sum += spread_tile_2(plane, 2 * y, 2 * x, height, width, to, f->w_pitch); break;
        case 4: sum += spread_tile_4(plane, 4 * y, 4 * x, height, width, to, f->w_pitch); break;
        default: sum += spread_tile_5(plane, 5 * y, 5 * x, height, width, to, f->w_pitch); break;
      }
  store(f->bias + ((size_t)(f->first_image + image) * (size_t)w->out_blocks + (size_t)block) * LANES, sum);
}

static void NAME(filter_transform)(ferm_filter_gradient *f, size_t part) {
  (void)part;
  int blocks = f->map.blocks + f->map.out_blocks;
  long piece;
  while ((piece = take(&f->next)) < (long)f->images * blocks) {
    int image = (int)(piece / blocks), block = (int)(piece % blocks);
    if (block < f->map.blocks) transform_inputs(f, image, block);
    else transform_gradients(f, image, block - f->map.blocks);
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
  int tiles = f->images * w->tiles_y * w->tiles_x, groups = (w->blocks + f->block_group - 1) / f->block_group;
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
                          .offsets = f->offsets, .rows = LANES, .depth = tiles,
                          .weights = weights, .c = sums + (size_t)(block - first) * sums_size + (size_t)e * (LANES * COLUMNS),
                          .c_row_pitch = COLUMNS, .c_vector_pitch = LANES, .vectors = VECTORS, .accumulate = !f->is_first,
                          /* The next product's gradients come from the third-level cache. */
                          .prefetch = block == first && e + 1 < products(w) ? (const char *)(weights + f->w_pitch) : NULL};
        NAME(product)(&p);
      }
    for (int block = first; block < last && f->is_last; block++, sums += sums_size) switch (w->m) {
        case 2: turn_back(f, &g, 4, panel, block, sums); break;
        case 4: turn_back(f, &g, 6, panel, block, sums); break;
        default: turn_back(f, &g, 7, panel, block, sums); break;
      }
  }
}
