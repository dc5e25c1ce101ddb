/* Convolution by its definition, of maps: forward, and back to inputs.

   Results come in phases. Going forward there is one, of all pixels. Going back with a stride, those pixels of the input that the
   same taps of the window saw make a phase: a convolution of the outputs' gradient at stride 1, which multiplies no zeros. */

/* Weights of so many steps stay in the caches while all rows pass by. */
enum { PHASE_DEPTH = 256 };

/* One panel of a phase's results, for `count` images from `image` on, which lie one after the other from `from` on. */
static void phase_panel(const ferm_phases *t, const ferm_phase *phase, int image, int count, int panel, const float *from) {
  const ferm_direct *d = &t->map;
  const float *filters = phase->filters + (size_t)panel * (size_t)phase->depth * COLUMNS;
  float *to = d->output + (size_t)image * d->out_pitch + (size_t)panel * VECTORS * t->block_pitch;
  int k = 0;
  /* Once at least: without taps there are zeros. */
  do {
    int depth = smaller(PHASE_DEPTH, phase->depth - k), is_last = k + depth == phase->depth;
    ferm_product p = {.x = from, .row_offsets = phase->pixel_offsets, .offsets = phase->offsets + k,
                      .rows = count * phase->pixels, .depth = depth, .type = USUAL, .weights = filters + (size_t)k * COLUMNS, .c = to,
                      .c_row_offsets = phase->out_offsets, .c_vector_pitch = (ptrdiff_t)t->block_pitch,
                      .vectors = smaller(VECTORS, d->out_blocks - panel * VECTORS), .accumulate = k > 0,
                      .finish = is_last && d->bias, .bias = d->bias ? d->bias + panel * COLUMNS : NULL,
                      .prefetch = is_last && panel + 1 == d->panels ? NULL : (const char *)(filters + (size_t)(k + depth) * COLUMNS)};
    NAME(product)(&p);
    k += depth;
  } while (k < phase->depth);
}

/* One piece of work is the images that are taken together. */
static void NAME(phases)(ferm_phases *t, size_t part) {
  const ferm_direct *d = &t->map;
  float *copy = d->scratch + part * d->scratch_size;
  long piece;
  while ((piece = take(&t->next)) * d->together < d->images) {
    int image = (int)piece * d->together, count = smaller(d->together, d->images - image);
    const float *from = padded(d, image, copy);
    for (int i = 1; needs_copy(d) && i < count; i++) padded(d, image + i, copy + (size_t)i * padded_size(d));
    for (int i = 0; i < t->count; i++)
      for (int panel = 0; panel < d->panels; panel++) phase_panel(t, t->phases + i, image, count, panel, from);
  }
}

/* ---- filters of this step ---- */

/* The steps of one channel, or of a pair from c on, for a panel: zeros where there is no such channel or output. */
INLINE void phase_steps(const ferm_phases *t, const ferm_phase *phase, int panel, int c) {
  const ferm_phase_filters *f = &t->filters;
  int columns = smaller(COLUMNS, f->outputs - panel * COLUMNS);
  float *to = phase->filters + ((size_t)panel * (size_t)phase->depth + (size_t)(c / IN_UNIT * phase->taps)) * COLUMNS;
  for (int tap = 0; tap < phase->taps; tap++, to += COLUMNS) {
    float rows[IN_UNIT][COLUMNS] = {{0}};
    for (int i = 0; i < IN_UNIT && c + i < f->channels; i++) {
      const float *from = f->weights + panel * COLUMNS * f->from_output + (c + i) * f->from_channel + phase->tap_numbers[tap];
      for (int column = 0; column < columns; column++) rows[i][column] = from[column * f->from_output];
    }
    for (int v = 0; v < COLUMNS; v += LANES) store(to + v, unit_of(rows[0] + v, COLUMNS, IN_UNIT));
  }
}

/* One piece of work is LANES channels of a panel, for all phases. */
static void NAME(phase_filters)(ferm_phases *t, size_t part) {
  (void)part;
  int blocks = t->map.blocks;
  long piece;
  while ((piece = take(&t->next)) < (long)t->map.panels * blocks) {
    int panel = (int)(piece / blocks), first = (int)(piece % blocks) * LANES, last = smaller(first + LANES, t->filters.channels);
    for (int i = 0; i < t->count; i++)
      for (int c = first; c < last; c += IN_UNIT) phase_steps(t, t->phases + i, panel, c);
  }
}
