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
                      .vectors = smaller(VECTORS, d->out_blocks - panel * VECTORS), .stream = t->stream && depth == phase->depth,
                      .accumulate = k > 0,
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

/* Steps of channels first ..< last of a panel, one after the other, of an output in whole, or of a step for all outputs in whole,
   or neither: so lie the filters. Where there are no more channels or outputs, there are zeros. */
enum { FILTER_CHANNELS = 2 * LANES };

/* Filters whose steps follow each other are transposed: a register of units of LANES outputs at a time. */
static void pack_outputs(const ferm_phase_filters *f, int taps, int panel, int first, int last, float *to) {
  int steps = (last - first) * taps, outputs = smaller(COLUMNS, f->outputs - panel * COLUMNS);
  const float *from = f->weights + panel * COLUMNS * f->from_output + first * taps;
  /* Filters lie too far apart for the processor to see what comes next. */
  for (int o = 0; o < outputs; o++)
    for (int k = 0; k < steps; k += 16) __builtin_prefetch(from + o * f->from_output + k, 0, 2);
  for (int k = 0; k < units(steps); k += LANES)
    for (int v = 0; v < COLUMNS; v += LANES) {
      int left = steps - k * IN_UNIT;
      vec rows[LANES];
      for (int i = 0; i < LANES; i++) {
        float row[LANES] = {0};
        const float *next = from + (v + i) * f->from_output + k * IN_UNIT;
        if (v + i < outputs && left >= LANES * IN_UNIT) copy_units(next, LANES * IN_UNIT, row);
        else if (v + i < outputs) copy_units(next, left, row);
        rows[i] = load(row);
      }
      transpose(rows);
      for (int i = 0; i < smaller(LANES, units(steps) - k); i++) store(to + (k + i) * COLUMNS + v, rows[i]);
    }
}

/* Those whose outputs follow each other are copied. */
static void pack_steps(const ferm_phase_filters *f, int panel, int first, int last, float *to) {
  for (int c = first; c < last; c += IN_UNIT, to += COLUMNS)
    for (int v = 0; v < COLUMNS; v += LANES) {
      const float *from = f->weights + c * f->from_channel + panel * COLUMNS + v;
      int outputs = f->outputs - panel * COLUMNS - v;
      vec of[2] = {load_some(from, outputs), (vec)0.0f};
      if (c + 1 < last && IN_UNIT > 1) of[1] = load_some(from + f->from_channel, outputs);
      float rows[2 * LANES];
      store(rows, of[0]), store(rows + LANES, of[1]);
      store(to + v, unit_of(rows, LANES, 2));
    }
}

/* Others are gathered one by one. */
static void pack_filters(const ferm_phase_filters *f, const ferm_phase *phase, int panel, int first, int last, float *to) {
  int outputs = smaller(COLUMNS, f->outputs - panel * COLUMNS);
  for (int c = first; c < last; c += IN_UNIT)
    for (int tap = 0; tap < phase->taps; tap++, to += COLUMNS) {
      float rows[IN_UNIT][COLUMNS] = {{0}};
      for (int i = 0; i < smaller(IN_UNIT, last - c); i++) {
        const float *from = f->weights + panel * COLUMNS * f->from_output + (c + i) * f->from_channel + phase->tap_numbers[tap];
        for (int column = 0; column < outputs; column++) rows[i][column] = from[column * f->from_output];
      }
      for (int v = 0; v < COLUMNS; v += LANES) store(to + v, unit_of(rows[0] + v, COLUMNS, IN_UNIT));
    }
}

/* One piece of work is some channels of a panel, for all phases. */
static void NAME(phase_filters)(ferm_phases *t, size_t part) {
  (void)part;
  const ferm_phase_filters *f = &t->filters;
  int groups = (f->channels + FILTER_CHANNELS - 1) / FILTER_CHANNELS;
  long piece;
  while ((piece = take(&t->next)) < (long)t->map.panels * groups) {
    int panel = (int)(piece / groups), first = (int)(piece % groups) * FILTER_CHANNELS, last = smaller(first + FILTER_CHANNELS, f->channels);
    for (int i = 0; i < t->count; i++) {
      const ferm_phase *phase = t->phases + i;
      float *to = phase->filters + ((size_t)panel * (size_t)phase->depth + (size_t)(first / IN_UNIT * phase->taps)) * COLUMNS;
      if (f->from_channel == phase->taps && (IN_UNIT == 1 || phase->taps == 1)) pack_outputs(f, phase->taps, panel, first, last, to);
      else if (f->from_output == 1 && phase->taps == 1) pack_steps(f, panel, first, last, to);
      else pack_filters(f, phase, panel, first, last, to);
    }
  }
}
