/* ferm_product: ROWS x VECTORS accumulators in registers; a step of k is VECTORS loads of weights and a broadcast a row. */

/* What a row group does is fixed at compile time: PLAIN sums only, PREFETCHING them too, or whatever the call asks for. */
enum { PLAIN, PREFETCHING, ANY };
enum { PREFETCHING_ROWS = 4 * ROWS };

INLINE vec finished(const ferm_product *p, vec sum, int v) {
  vec bias = load(p->bias + LANES * v);
  sum = p->scale ? multiply_add(sum, load(p->scale + LANES * v), bias) : sum + bias;
  return p->relu ? rectified(sum) : sum;
}

/* Finishes rows that were stored; one copy of this code for all kinds of weights. */
static void finish_rows(const ferm_product *p, int first, int rows) {
  for (int r = first; r < first + rows; r++)
    for (int v = 0; v < p->vectors; v++) {
      float *c = p->c + r * p->c_row_pitch + v * p->c_vector_pitch;
      store(c, finished(p, load(c), v));
    }
}

INLINE void product_rows(const ferm_product *p, int first, const int rows, const int vectors, const int type,
                         const int gathered, const int mode) {
  const float *x[ROWS];
  vec sum[ROWS][VECTORS];
  float *c[ROWS];
  UNROLLED for (int r = 0; r < rows; r++) {
    x[r] = p->x + (p->row_offsets ? p->row_offsets[first + r] : (first + r) * p->row_pitch);
    c[r] = p->c + (gathered && p->c_row_offsets ? p->c_row_offsets[first + r] : (first + r) * p->c_row_pitch);
    UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = (vec)0.0f;
  }
  if (mode == ANY && p->accumulate) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      if (v < p->vectors) {
        UNROLLED for (int r = 0; r < rows; r++) sum[r][v] = load(c[r] + v * p->c_vector_pitch);
      }
    }
  }
  const char *weights = p->weights;
  const int steps = steps_in_unit(type), bytes = COLUMNS * UNIT_BYTES;
  /* The first row groups prefetch a share each: spread out, but early enough. */
  const int sharing = smaller(p->rows, PREFETCHING_ROWS);
  const int prefetching = mode == PREFETCHING || (mode == ANY && p->prefetch && first < sharing);
  const char *prefetch = p->prefetch;
  int prefetch_step = 0;
  if (prefetching) {
    prefetch += (long)p->depth / steps * bytes * first / sharing;
    prefetch_step = bytes * rows / sharing;
  }
  const int32_t *offsets = p->offsets;
  for (long k = 0, depth = p->depth; k < depth; weights += bytes) {
    if (prefetching) {
      /* To the second-level cache, as a panel is larger than the first; mostly a line a step, so that this is no loop. */
      __builtin_prefetch(prefetch, 0, 2);
      for (int line = 64; __builtin_expect(line < prefetch_step, 0); line += 64) __builtin_prefetch(prefetch + line, 0, 2);
      prefetch += prefetch_step;
    }
    UNROLLED for (int step = 0; step < steps; step++, k++) {
      /* Loads stay in their step: units that waited for the next one would take the registers of sums. */
      if (steps > 1) __asm__ volatile("" ::: "memory");
      vec w[VECTORS];
      UNROLLED for (int v = 0; v < vectors; v++) w[v] = weight(weights, v, step, type);
#if defined(__aarch64__)
      /* Rows are read by this index, and products take one lane. Pointers that step along would be read by the load that fills all lanes,
         which costs the units that multiply. */
      __asm__("" : "+r"(k));
#endif
      long at = gathered ? offsets[k] : k;
      UNROLLED for (int r = 0; r < rows; r++) {
        vec value = splat(x[r][at]);
        UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = add_product(value, w[v], sum[r][v], type);
      }
    }
  }
  UNROLLED for (int v = 0; v < vectors; v++) {
    if (mode == ANY && v >= p->vectors) break;
    /* The windows of a first layer are so short that another pass over its outputs would show. */
    if (mode == ANY && gathered && p->finish) {
      UNROLLED for (int r = 0; r < rows; r++) sum[r][v] = finished(p, sum[r][v], v);
    }
    if ((mode != ANY || gathered) && p->stream) {
      UNROLLED for (int r = 0; r < rows; r++) stream(c[r] + v * p->c_vector_pitch, sum[r][v]);
    } else {
      UNROLLED for (int r = 0; r < rows; r++) store(c[r] + v * p->c_vector_pitch, sum[r][v]);
    }
  }
}

#define COUNT_CASE(n, vectors, type, gathered, mode) \
  case n: product_rows(p, first, n, vectors, type, gathered, mode); break;
#define EVERY_COUNT(vectors, type, gathered, mode) \
  switch (count) { UP_TO(ROWS)(COUNT_CASE, vectors, type, gathered, mode) }

/* Fewer copies of the code, where odd counts beyond 1 are rare. */
#define IS_RARE(n) (n > 1 && n % 2 == 1)
#define RARE_COUNT(n, _) || (IS_RARE(n) && count == n)
#define SOME_CASE(n, type) \
  case n: if (!IS_RARE(n)) product_rows(p, first, n, VECTORS, type, 0, ANY); break;
#define SOME_COUNTS(name, bytes) \
  else if (p->type == FERM_##name) switch (count) { UP_TO(ROWS)(SOME_CASE, FERM_##name) }

/* The type whose sums have code of their own. */
#ifdef NARROW
enum { USUAL = FERM_PAIRS };
#define TYPES FERM_NARROW_TYPES
#else
enum { USUAL = FERM_FP32 };
#define TYPES FERM_WEIGHT_TYPES
#endif

#define GATHERED_CASE(n, vectors) \
  case n: if (!IS_RARE(n) || vectors == VECTORS) product_rows(p, first, n, vectors, USUAL, 1, ANY); break;
INLINE void gathered_rows(const ferm_product *p, int first, int count, const int vectors) {
  switch (count) { UP_TO(ROWS)(GATHERED_CASE, vectors) }
}

/* Of a panel that is filled partly, no more is multiplied; but where panels are narrow, code for that would not be worth its size. */
#if VECTORS > 2 || defined(TRAINING)
#define GATHERED_PANELS UP_TO(VECTORS)
#else
#define GATHERED_PANELS(CASE, _) default: gathered_rows(p, first, count, VECTORS);
#endif
#define GATHERED(n, _) \
  case n: gathered_rows(p, first, count, n); break;

static void NAME(product)(const ferm_product *p) {
  int plain = !p->accumulate && !p->finish && p->vectors == VECTORS && p->type == USUAL && !p->offsets;
  for (int first = 0, count; first < p->rows; first += count) {
    /* ROWS rows hide the latency of the multiply-adds; one or two more are better shared in halves. */
    int left = p->rows - first;
    count = left == ROWS + 1 || left == ROWS + 2 ? ROWS / 2 + 1 : smaller(left, ROWS);
    int is_whole = plain || (p->offsets && p->vectors == VECTORS);
    if (!is_whole && (0 UP_TO(ROWS)(RARE_COUNT, ))) count--;
    if (plain && p->prefetch && first < PREFETCHING_ROWS) EVERY_COUNT(VECTORS, USUAL, 0, PREFETCHING)
    else if (plain) EVERY_COUNT(VECTORS, USUAL, 0, PLAIN)
    else if (p->offsets) switch (p->vectors) { GATHERED_PANELS(GATHERED, ) }
    TYPES(SOME_COUNTS)
    else __builtin_unreachable();
    if (p->finish && !p->offsets) finish_rows(p, first, count);
  }
}
