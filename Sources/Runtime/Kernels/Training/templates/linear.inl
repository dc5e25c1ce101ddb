/* Fully connected layers. The weights are read where they lie, [outputs][inputs], each once or twice a step:
   forward the batch is made the panel and a row of weights is broadcast; back, a part of the weights is copied to a panel; and the
   gradient is written straight to where it belongs. Narrow products read copies of all, made a part at a time. */

/* Rows of weights in a piece; inputs, or outputs, that are multiplied at a time; panels of inputs in a piece on the way back. */
enum { PIECE_ROWS = 48, FORWARD_DEPTH = 256, BACK_DEPTH = 128, BACK_PANELS = 256 / COLUMNS };
/* Rows of dy that are turned to columns at a time. */
enum { TRANSPOSED_ROWS = 64 };

INLINE int row_panels(const ferm_training_linear *d) { return (d->rows + COLUMNS - 1) / COLUMNS; }
INLINE int input_panels(const ferm_training_linear *d) { return (d->inputs + COLUMNS - 1) / COLUMNS; }

/* One piece of work is COLUMNS inputs. */
static void NAME(linear_columns)(ferm_training_linear *d, size_t part) {
  (void)part;
  long piece;
  while ((piece = take(&d->next)) < input_panels(d)) {
    int first = (int)piece * COLUMNS, last = smaller(first + COLUMNS, d->inputs);
    for (int panel = 0; panel < row_panels(d); panel++) {
      float *to = d->columns + ((size_t)panel * (size_t)d->inputs + (size_t)first) / IN_UNIT * COLUMNS;
      for (int column = 0; column < COLUMNS; column++) {
        int row = panel * COLUMNS + column;
        float x[COLUMNS] = {0};
        if (row < d->rows) copy_units(d->x + (size_t)row * (size_t)d->inputs + first, last - first, x);
        for (int k = 0; k < units(last - first); k++) to[k * COLUMNS + column] = x[k];
      }
    }
  }
}

/* One piece of work is PIECE_ROWS outputs. */
static void NAME(linear)(ferm_training_linear *d, size_t part) {
  float *sums = d->scratch + part * d->scratch_size;
#ifdef NARROW
  float *copy = sums + PIECE_ROWS * COLUMNS;
#endif
  long piece;
  while ((piece = take(&d->next)) < (d->outputs + PIECE_ROWS - 1) / PIECE_ROWS) {
    int first = (int)piece * PIECE_ROWS, count = smaller(PIECE_ROWS, d->outputs - first);
    for (int panel = 0; panel < row_panels(d); panel++) {
      const float *columns = d->columns + (size_t)panel * (size_t)(d->inputs / IN_UNIT) * COLUMNS;
      for (int k = 0; k < d->inputs; k += FORWARD_DEPTH) {
        int depth = smaller(FORWARD_DEPTH, d->inputs - k);
        for (int row = 0; row < count; row += ROWS) {
          const float *weights = d->weights + (size_t)(first + row) * (size_t)d->inputs + k;
          int rows = smaller(ROWS, count - row);
          /* Rows lie far apart, which no prefetcher of the processor's follows: fetch what is next for these rows. */
          for (int r = 0; r < rows && k + depth < d->inputs; r++)
            for (int i = 0; i < depth; i += 16) __builtin_prefetch(weights + (size_t)r * (size_t)d->inputs + depth + i, 0, 2);
          ptrdiff_t pitch = d->inputs;
#ifdef NARROW
          for (int r = 0; r < rows; r++) copy_units(weights + r * pitch, depth, copy + r * units(FORWARD_DEPTH));
          weights = copy, pitch = units(FORWARD_DEPTH);
#endif
          ferm_product p = {.x = weights, .row_pitch = pitch, .rows = rows, .depth = units(depth), .type = USUAL,
                            .weights = columns + (size_t)units(k) * COLUMNS, .c = sums + row * COLUMNS, .c_row_pitch = COLUMNS,
                            .c_vector_pitch = LANES, .vectors = VECTORS, .accumulate = k > 0};
          NAME(product)(&p);
        }
      }
      for (int n = panel * COLUMNS; n < smaller(d->rows, (panel + 1) * COLUMNS); n++)
        for (int o = 0; o < count; o++)
          d->y[(size_t)n * (size_t)d->outputs + (size_t)(first + o)] =
              sums[o * COLUMNS + n % COLUMNS] + (d->bias ? d->bias[first + o] : 0);
    }
  }
}

/* dx = dy weights. One piece of work is BACK_PANELS panels of inputs. Parts of dy and sums are copied as well: rows that
   lie a power of two apart would share few places of the caches. */
static void NAME(linear_back)(ferm_training_linear *d, size_t part) {
  float *copy = d->scratch + part * d->scratch_size, *rows = copy + BACK_PANELS * BACK_DEPTH * COLUMNS;
  float *sums = rows + (size_t)d->rows * BACK_DEPTH;
  size_t sum_panel = (size_t)d->rows * COLUMNS;
  int panels = input_panels(d);
  long piece;
  while ((piece = take(&d->next)) < (panels + BACK_PANELS - 1) / BACK_PANELS) {
    int first = (int)piece * BACK_PANELS, last = smaller(first + BACK_PANELS, panels);
    for (int k = 0; k < d->outputs; k += BACK_DEPTH) {
      int depth = smaller(BACK_DEPTH, d->outputs - k);
      for (int row = 0; row < depth; row += IN_UNIT) {
        const float *from = d->weights + (size_t)(k + row) * (size_t)d->inputs;
        for (int panel = first; panel < last; panel++) {
          float *to = copy + ((panel - first) * BACK_DEPTH + row) / IN_UNIT * COLUMNS;
          int vectors = smaller(VECTORS, d->inputs / LANES - panel * VECTORS);
          for (int v = 0; v < vectors; v++)
            store(to + v * LANES, unit_of(from + panel * COLUMNS + v * LANES, (size_t)d->inputs, depth - row));
        }
      }
      for (int row = 0; row < d->rows; row++)
        copy_units(d->dy + (size_t)row * (size_t)d->outputs + k, depth, rows + row * units(depth));
      /* What is copied next is fetched meanwhile, a few rows for each group of rows. */
      int next = k + depth, per_group = (BACK_DEPTH * ROWS + d->rows - 1) / d->rows;
      for (int panel = first; panel < last; panel++)
        for (int row = 0; row < d->rows; row += ROWS) {
          int from = next + row / ROWS * per_group, to = smaller(smaller(from + per_group, next + BACK_DEPTH), d->outputs);
          for (int fetched = from; fetched < to; fetched++)
            for (int i = 0; i < COLUMNS; i += 16)
              __builtin_prefetch(d->weights + (size_t)fetched * (size_t)d->inputs + panel * COLUMNS + i, 0, 2);
          ferm_product p = {.x = rows + row * units(depth), .row_pitch = units(depth), .rows = smaller(ROWS, d->rows - row),
                            .depth = units(depth), .type = USUAL,
                            .weights = copy + (panel - first) * units(BACK_DEPTH) * COLUMNS,
                            .c = sums + (size_t)(panel - first) * sum_panel + row * COLUMNS, .c_row_pitch = COLUMNS,
                            .c_vector_pitch = LANES, .vectors = VECTORS, .accumulate = k > 0};
          NAME(product)(&p);
        }
    }
    for (int row = 0; row < d->rows; row++)
      for (int panel = first; panel < last; panel++) {
        const float *from = sums + (size_t)(panel - first) * sum_panel + (size_t)row * COLUMNS;
        float *to = d->dx + (size_t)row * (size_t)d->inputs + (size_t)panel * COLUMNS;
        int vectors = smaller(VECTORS, d->inputs / LANES - panel * VECTORS);
        for (int v = 0; v < vectors; v++) store(to + v * LANES, load(from + v * LANES));
      }
  }
}

/* One piece of work is a panel of inputs, or as many outputs. */
static void NAME(linear_panels)(ferm_training_linear *d, size_t part) {
  (void)part;
  int panels = input_panels(d), groups = (d->outputs + COLUMNS - 1) / COLUMNS;
  long piece;
  while ((piece = take(&d->next)) < panels + groups) {
    if (piece < panels) {
      float *to = d->panels + (size_t)piece * (size_t)units(d->rows) * COLUMNS;
      int vectors = smaller(VECTORS, d->inputs / LANES - (int)piece * VECTORS);
      for (int n = 0; n < d->rows; n += IN_UNIT, to += COLUMNS)
        for (int v = 0; v < vectors; v++)
          store(to + v * LANES, unit_of(d->x + (size_t)n * (size_t)d->inputs + (size_t)piece * COLUMNS + (size_t)(v * LANES),
                                        (size_t)d->inputs, d->rows - n));
    } else {
      int first = (int)(piece - panels) * COLUMNS, last = smaller(first + COLUMNS, d->outputs);
      for (int n = 0; n < d->rows; n += TRANSPOSED_ROWS)
        for (int o = first; o < last; o++) {
          float column[TRANSPOSED_ROWS];
          int count = smaller(TRANSPOSED_ROWS, d->rows - n);
          for (int i = 0; i < count; i++) column[i] = d->dy[(size_t)(n + i) * (size_t)d->outputs + (size_t)o];
          copy_units(column, count, d->transposed + (size_t)o * (size_t)units(d->rows) + (size_t)units(n));
        }
    }
  }
}

/* gradient = dy^T x. One piece of work is PIECE_ROWS outputs. */
static void NAME(linear_gradient)(ferm_training_linear *d, size_t part) {
  (void)part;
  long piece;
  while ((piece = take(&d->next)) < (d->outputs + PIECE_ROWS - 1) / PIECE_ROWS) {
    int first = (int)piece * PIECE_ROWS, count = smaller(PIECE_ROWS, d->outputs - first);
    for (int panel = 0; panel < input_panels(d); panel++) {
      ferm_product p = {.x = d->transposed + (size_t)first * (size_t)units(d->rows), .row_pitch = units(d->rows), .rows = count,
                        .depth = units(d->rows), .type = USUAL,
                        .weights = d->panels + (size_t)panel * (size_t)units(d->rows) * COLUMNS,
                        .c = d->gradient + (size_t)first * (size_t)d->inputs + (size_t)panel * COLUMNS, .c_row_pitch = d->inputs,
                        .c_vector_pitch = LANES, .vectors = smaller(VECTORS, d->inputs / LANES - panel * VECTORS),
                        .stream = 1, .accumulate = d->accumulate};
      NAME(product)(&p);
    }
  }
}
