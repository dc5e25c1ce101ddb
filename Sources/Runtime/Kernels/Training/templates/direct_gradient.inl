/* The gradient of a convolution's filters by its definition: dW = X^T dY over pixels, one product a tap, block and panel. */

/* Steps whose outputs' gradients stay in the caches while all rows pass by. */
enum { GRADIENT_DEPTH = 256 };

/* The outputs' gradients of a panel, [unit of pixels][column], of `count` images from `image` on; and the sums of each image's. */
static void gradient_panel(const ferm_direct_gradient *g, int image, int count, int panel, int sums_too, float *to) {
  int vectors = smaller(VECTORS, g->out_blocks - panel * VECTORS), total = count * g->pixels;
  for (int v = 0; v < VECTORS; v++) {
    float *next = to + v * LANES;
    if (v >= vectors) {
      for (int k = 0; k < units(total); k++) store(next + k * COLUMNS, (vec)0.0f);
      continue;
    }
    size_t block = (size_t)(panel * VECTORS + v);
#ifdef NARROW
    bf16_vec even = narrowed((vec)0.0f);
#endif
    for (int i = 0, k = 0; i < count; i++) {
      const float *from = g->dy + (size_t)(image + i) * g->dy_pitch + block * (size_t)(g->pixels * LANES);
      vec sum = (vec)0.0f;
      for (int p = 0; p < g->pixels; p++, k++) {
        vec value = load(from + p * LANES);
        sum += value;
#ifdef NARROW
        if (k % 2 == 0) even = narrowed(value);
        if (k % 2 == 1 || k + 1 == total) {
          store(next, paired(even, narrowed(k % 2 ? value : (vec)0.0f)));
          next += COLUMNS;
        }
#else
        store(next, value);
        next += COLUMNS;
#endif
      }
      if (sums_too) store(g->bias + ((size_t)(image + i) * (size_t)g->out_blocks + block) * LANES, sum);
    }
  }
}

/* What a tap saw of a block, [unit of pixels][lane]. */
static void gather_inputs(const ferm_direct_gradient *g, int image, int count, int block, int tap, float *to) {
  const int32_t *places = g->places + (size_t)tap * (size_t)g->pixels;
  int total = count * g->pixels;
  (void)total;
#ifdef NARROW
  bf16_vec even = narrowed((vec)0.0f);
#endif
  for (int i = 0, k = 0; i < count; i++) {
    const float *from = g->x + (size_t)(image + i) * g->pitch + (size_t)block * g->plane;
    for (int p = 0; p < g->pixels; p++, k++) {
      vec value = places[p] < 0 ? (vec)0.0f : load(from + places[p]);
#ifdef NARROW
      if (k % 2 == 0) even = narrowed(value);
      if (k % 2 == 1 || k + 1 == total) store(to + k / 2 * LANES, paired(even, narrowed(k % 2 ? value : (vec)0.0f)));
#else
      store(to + k * LANES, value);
#endif
    }
  }
}

/* Sums of some images, `depth` units of pixels, for one block, tap and panel. */
INLINE void gradient_product(const ferm_direct_gradient *g, const float *x, const float *dy, int depth, int vectors, int accumulate,
                             float *sums) {
  for (int k = 0; k < depth; k += GRADIENT_DEPTH) {
    ferm_product p = {.x = x, .row_pitch = 1, .offsets = g->offsets + k, .rows = LANES, .depth = smaller(GRADIENT_DEPTH, depth - k),
                      .type = USUAL, .weights = dy + (size_t)k * COLUMNS, .c = sums, .c_row_pitch = COLUMNS, .c_vector_pitch = LANES,
                      .vectors = vectors, .accumulate = accumulate || k > 0};
    NAME(product)(&p);
  }
}

INLINE size_t sums_of_block(const ferm_direct_gradient *g) { return (size_t)(g->taps * LANES * COLUMNS); }

/* Some blocks of x and panels of dy, and where their sums are: [panel][block][tap][LANES][COLUMNS], `pitch` floats from one panel to
   the next. */
typedef struct {
  int first_block, last_block, first_panel, last_panel;
  float *sums;
  size_t pitch;
} gradient_piece;

/* The sums of one part of the batch. */
static void gradient_sums(const ferm_direct_gradient *g, int images_part, const gradient_piece *piece, float *dy) {
  size_t panel_size = (size_t)units(g->together * g->pixels) * COLUMNS;
  float *copy = dy + (size_t)g->panel_group * panel_size;
  int start = (int)((int64_t)g->images * images_part / g->parts), end = (int)((int64_t)g->images * (images_part + 1) / g->parts);
  for (int image = start; image < end; image += g->together) {
    int count = smaller(g->together, end - image), depth = units(count * g->pixels);
    for (int panel = piece->first_panel; panel < piece->last_panel; panel++)
      gradient_panel(g, image, count, panel, g->bias && piece->first_block == 0, dy + (size_t)(panel - piece->first_panel) * panel_size);
    for (int block = piece->first_block; block < piece->last_block; block++)
      for (int tap = 0; tap < g->taps; tap++) {
        const float *x = copy;
        if (g->gathers) gather_inputs(g, image, count, block, tap, copy);
        else x = g->x + (size_t)image * g->pitch + (size_t)block * g->plane + g->places[(size_t)tap * (size_t)g->pixels];
        float *sums = piece->sums + (size_t)(block - piece->first_block) * sums_of_block(g) + (size_t)(tap * LANES * COLUMNS);
        for (int panel = piece->first_panel; panel < piece->last_panel; panel++, sums += piece->pitch)
          gradient_product(g, x, dy + (size_t)(panel - piece->first_panel) * panel_size, depth,
                           smaller(VECTORS, g->out_blocks - panel * VECTORS), image > start, sums);
      }
  }
}

/* Gradients of filters that follow each other: `count`, from what may be their sum with others. */
INLINE void put_filters(const ferm_direct_gradient *g, float *to, vec value, int count) {
  store_some(to, g->accumulate ? value + load_some(to, count) : value, count);
}

/* Sums of `parts` parts, `pitch` floats apart, to the gradients of a block's filters. */
static void filters_of_sums(const ferm_direct_gradient *g, int panel, int block, const float *sums, int parts, size_t pitch) {
  int rows = smaller(LANES, (g->swapped ? g->outputs : g->channels) - block * LANES);
  int columns = smaller(COLUMNS, (g->swapped ? g->channels : g->outputs) - panel * COLUMNS);
  ptrdiff_t filter = (ptrdiff_t)g->channels * g->taps;
  for (int tap = 0; tap < g->taps; tap++, sums += LANES * COLUMNS)
    for (int v = 0; v < columns; v += LANES) {
      vec of[LANES];
      UNROLLED for (int i = 0; i < LANES; i++) of[i] = load(sums + i * COLUMNS + v);
      for (int part = 1; part < parts; part++)
        UNROLLED for (int i = 0; i < LANES; i++) of[i] += load(sums + (size_t)part * pitch + i * COLUMNS + v);
      if (g->swapped) {
        float *to = g->gradient + block * LANES * filter + panel * COLUMNS + v;
        for (int i = 0; i < rows; i++) put_filters(g, to + i * filter, of[i], columns - v);
        continue;
      }
      transpose(of);
      float *to = g->gradient + (panel * COLUMNS + v) * filter + block * LANES * g->taps + tap;
      for (int o = 0; o < smaller(LANES, columns - v); o++, to += filter) {
        if (g->taps == 1) put_filters(g, to, of[o], rows);
        else
          for (int i = 0; i < rows; i++) to[i * g->taps] = g->accumulate ? to[i * g->taps] + of[o][i] : of[o][i];
      }
    }
}

/* One piece of work is `block_group` blocks for `panel_group` panels, of one part of the batch. */
static void NAME(direct_sums)(ferm_direct_gradient *g, size_t part) {
  int block_groups = (g->blocks + g->block_group - 1) / g->block_group, panel_groups = (g->panels + g->panel_group - 1) / g->panel_group;
  int each = panel_groups * block_groups;
  float *dy = g->scratch + part * g->scratch_size;
  float *own = dy + g->scratch_size - (size_t)(g->panel_group * g->block_group) * sums_of_block(g);
  long number;
  while ((number = take(&g->next)) < (long)g->parts * each) {
    int images_part = (int)(number / each), first_block = (int)(number % block_groups) * g->block_group;
    int first_panel = (int)(number % each / block_groups) * g->panel_group;
    gradient_piece piece = {.first_block = first_block, .last_block = smaller(first_block + g->block_group, g->blocks),
                            .first_panel = first_panel, .last_panel = smaller(first_panel + g->panel_group, g->panels),
                            .sums = own, .pitch = (size_t)g->block_group * sums_of_block(g)};
    if (g->sums) {
      piece.sums = g->sums + (((size_t)images_part * (size_t)g->panels + (size_t)first_panel) * (size_t)g->blocks + (size_t)first_block) *
                                 sums_of_block(g);
      piece.pitch = (size_t)g->blocks * sums_of_block(g);
    }
    gradient_sums(g, images_part, &piece, dy);
    for (int panel = first_panel; panel < piece.last_panel && !g->sums; panel++)
      for (int block = first_block; block < piece.last_block; block++)
        filters_of_sums(g, panel, block,
                        own + (size_t)(panel - first_panel) * piece.pitch + (size_t)(block - first_block) * sums_of_block(g), 1, 0);
  }
}

/* One piece of work is a block for a panel. */
static void NAME(direct_filters)(ferm_direct_gradient *g, size_t part) {
  (void)part;
  size_t pitch = (size_t)(g->panels * g->blocks) * sums_of_block(g);
  long piece;
  while ((piece = take(&g->next)) < (long)g->panels * g->blocks)
    filters_of_sums(g, (int)(piece / g->blocks), (int)(piece % g->blocks), g->sums + (size_t)piece * sums_of_block(g), g->parts, pitch);
}
