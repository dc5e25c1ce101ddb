/* Linear layers: one piece of work is a panel. */

/* Inputs so deep stay in the second-level cache while a panel passes by. */
enum { LINEAR_DEPTH = 256 };

static void NAME(linear)(void *task, size_t part) {
  ferm_linear *l = task;
  (void)part;
  size_t panel_bytes = (size_t)l->depth * COLUMNS * (size_t)weight_bytes[l->type];
  long panel;
  while ((panel = take(&l->next)) < l->panels) {
    const char *weights = (const char *)l->weights + (size_t)panel * panel_bytes;
    int step = l->images > ROWS ? LINEAR_DEPTH : l->depth;
    for (int k = 0; k < l->depth; k += step) {
      int depth = smaller(step, l->depth - k);
      const char *here = weights + (size_t)k * COLUMNS * (size_t)weight_bytes[l->type];
      int last = k + depth == l->depth && panel + 1 == l->panels;
      ferm_product p = {
          .x = l->input + k, .row_pitch = (ptrdiff_t)l->pitch, .rows = l->images, .depth = depth, .type = l->type,
          .weights = here, .c = l->output + panel * COLUMNS, .c_row_pitch = (ptrdiff_t)l->out_pitch, .c_vector_pitch = LANES,
          .vectors = smaller(VECTORS, l->out_blocks - (int)panel * VECTORS), .accumulate = k > 0,
          .finish = k + depth == l->depth, .relu = l->relu, .bias = l->bias + panel * COLUMNS,
          .scale = l->scale ? l->scale + panel * COLUMNS : NULL,
          .prefetch = last ? NULL : here + (size_t)(l->images > ROWS ? depth : 64) * COLUMNS * (size_t)weight_bytes[l->type]};
      NAME(product)(&p);
    }
  }
}
