/* Winograd's filters of one step (Lavin and Gray, arXiv:1509.09308). */

typedef struct { float row[8][3]; } filter_matrix;

static filter_matrix filter_matrix_of(int m) {
  double g[8][3];
  filter_matrix result;
  ferm_winograd_filter_matrix(m, g);
  for (int i = 0; i < m + 2; i++)
    for (int x = 0; x < 3; x++) result.row[i][x] = (float)g[i][x];
  return result;
}

/* ---- packing ---- */

#ifdef NARROW
INLINE void put_element(element *to, vec value, int past) {
  (void)past;
  store_element(to, value);
}
#else
INLINE void put_element(element *to, vec value, int past) {
  if (past) stream(to, value);
  else store(to, value);
}
#endif

/* One channel of a panel of outputs: taps [9][COLUMNS] to products, `product` elements apart. */
INLINE void transform_filters(const filter_matrix *g, const int side, const float *taps, element *to, size_t product,
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
        put_element(to + (size_t)(i * side + j) * product, value, past);
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

#ifdef NARROW
/* Two channels of a panel from c on, as pairs. */
INLINE void pack_step(const ferm_filters *f, const filter_matrix *g, const int side, int panel, int c, float *row, size_t pitch,
                      int past) {
  element halves[IN_UNIT][6 * 6 * COLUMNS];
  for (int k = 0; k < IN_UNIT; k++) {
    float taps[9 * COLUMNS];
    gather_taps(f, panel, c + k, taps);
    transform_filters(g, side, taps, halves[k], COLUMNS, 0);
  }
  for (int e = 0; e < side * side; e++, row += pitch)
    UNROLLED for (int v = 0; v < COLUMNS; v += LANES) {
      vec unit = paired(load_elements(halves[0] + e * COLUMNS + v), load_elements(halves[1] + e * COLUMNS + v));
      if (past) stream(row + v, unit);
      else store(row + v, unit);
    }
}
#else
INLINE void pack_step(const ferm_filters *f, const filter_matrix *g, const int side, int panel, int c, float *row, size_t pitch,
                      int past) {
  float taps[9 * COLUMNS];
  gather_taps(f, panel, c, taps);
  transform_filters(g, side, taps, row, pitch, past);
}
#endif

enum { MANY_FILTERS = 8 << 20 };

/* One piece of work is LANES channels of a panel. */
static void NAME(filters)(ferm_filters *f, size_t part) {
  (void)part;
  filter_matrix g = filter_matrix_of(f->m);
  int side = f->m + 2, panels = (f->outputs + COLUMNS - 1) / COLUMNS, blocks = (f->channels + LANES - 1) / LANES;
  size_t panel_size = (size_t)(blocks * LANES / IN_UNIT) * COLUMNS;
  /* Filters that the caches cannot hold go past them. */
  int past = (size_t)(side * side * panels) * panel_size > MANY_FILTERS;
  long piece;
  while ((piece = take(&f->next)) < (long)panels * blocks) {
    int panel = (int)(piece / blocks), first = (int)(piece % blocks) * LANES;
    ferm_packed_panel place = ferm_winograd_panel(f->m, panels, f->panel_group, panel, panel_size);
    for (int c = first; c < first + LANES; c += IN_UNIT) {
      float *row = f->packed + place.first + (size_t)(c / IN_UNIT) * COLUMNS;
      switch (f->m) {
#define PACK_STEP(M) \
  case M: pack_step(f, &g, M + 2, panel, c, row, place.pitch, past); break;
        TILE_SIZES(PACK_STEP)
      }
    }
  }
}
