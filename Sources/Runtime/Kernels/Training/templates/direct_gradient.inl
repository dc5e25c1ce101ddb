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

/* The sums of one part of the batch, of some blocks for one panel: [block][tap][LANES][COLUMNS]. */
static void gradient_sums(const ferm_direct_gradient *g, int images_part, int panel, int first, int last, float *dy, float *sums) {
  float *copy = dy + (size_t)units(g->together * g->pixels) * COLUMNS;
  int vectors = smaller(VECTORS, g->out_blocks - panel * VECTORS);
  int start = (int)((int64_t)g->images * images_part / g->parts), end = (int)((int64_t)g->images * (images_part + 1) / g->parts);
  for (int image = start; image < end; image += g->together) {
    int count = smaller(g->together, end - image), depth = units(count * g->pixels);
    gradient_panel(g, image, count, panel, g->bias && first == 0, dy);
    float *to = sums;
    for (int block = first; block < last; block++)
      for (int tap = 0; tap < g->taps; tap++, to += LANES * COLUMNS) {
        const float *x = copy;
        if (g->gathers) gather_inputs(g, image, count, block, tap, copy);
        else x = g->x + (size_t)image * g->pitch + (size_t)block * g->plane + g->places[(size_t)tap * (size_t)g->pixels];
        /* Pixels of small maps lie too far apart for the processor to see which come next. */
        for (int i = 0; !g->gathers && block + 1 < last && i < depth; i++) __builtin_prefetch(x + g->plane + g->offsets[i], 0, 2);
        gradient_product(g, x, dy, depth, vectors, image > start, to);
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

INLINE size_t sums_of_block(const ferm_direct_gradient *g) { return (size_t)(g->taps * LANES * COLUMNS); }

/* One piece of work is `block_group` blocks for a panel, of one part of the batch. */
static void NAME(direct_sums)(ferm_direct_gradient *g, size_t part) {
  int groups = (g->blocks + g->block_group - 1) / g->block_group, each = g->panels * groups;
  float *dy = g->scratch + part * g->scratch_size, *own = dy + g->scratch_size - (size_t)g->block_group * sums_of_block(g);
  long piece;
  while ((piece = take(&g->next)) < (long)g->parts * each) {
    int images_part = (int)(piece / each), panel = (int)(piece % each / groups), first = (int)(piece % groups) * g->block_group;
    int last = smaller(first + g->block_group, g->blocks);
    size_t place = ((size_t)images_part * (size_t)g->panels + (size_t)panel) * (size_t)g->blocks + (size_t)first;
    float *sums = g->sums ? g->sums + place * sums_of_block(g) : own;
    gradient_sums(g, images_part, panel, first, last, dy, sums);
    for (int block = first; block < last && !g->sums; block++, sums += sums_of_block(g))
      filters_of_sums(g, panel, block, sums, 1, 0);
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
