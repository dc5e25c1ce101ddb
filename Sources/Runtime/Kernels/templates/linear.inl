/* Linear layers: one piece of work is a panel. */

/* Inputs so deep stay in the second-level cache while a panel passes by. */
enum { LINEAR_DEPTH = 256 };

#ifdef NARROW
#include "linear_narrow.inl"
#else
INLINE void linear_product(const ferm_linear *l, size_t part, long panel, int k, const ferm_product *p) {
  (void)l, (void)part, (void)panel, (void)k;
  NAME(product)(p);
}
#endif

static void NAME(linear)(void *task, size_t part) {
  ferm_linear *l = task;
  size_t step_bytes = COLUMNS * UNIT_BYTES / (size_t)steps_in_unit(l->type), panel_bytes = (size_t)l->depth * step_bytes;
  int step = l->images > ROWS ? LINEAR_DEPTH : FERM_EXACT_FOURS;
  /* Few rows wait for their weights, and the processor fetches these best by itself, unless widening them holds it up. */
  int prefetches = l->images >= PREFETCHING_ROWS || steps_in_unit(l->type) > 1;
  long panel;
  while ((panel = take(&l->next)) < l->panels) {
    const char *weights = (const char *)l->weights + (size_t)panel * panel_bytes;
    for (int k = 0; k < l->depth; k += step) {
      int depth = smaller(step, l->depth - k);
      const char *here = weights + (size_t)k * step_bytes;
      int last = k + depth == l->depth && panel + 1 == l->panels;
      ferm_product p = {
          .x = l->input + k, .row_pitch = (ptrdiff_t)l->pitch, .rows = l->images, .depth = depth, .type = l->type,
          .weights = here, .c = l->output + panel * COLUMNS, .c_row_pitch = (ptrdiff_t)l->out_pitch, .c_vector_pitch = LANES,
          .vectors = smaller(VECTORS, l->out_blocks - (int)panel * VECTORS), .accumulate = k > 0,
          .finish = k + depth == l->depth, .relu = l->relu, .bias = l->bias + panel * COLUMNS,
          .scale = l->scale ? l->scale + panel * COLUMNS : NULL,
          .prefetch = last || !prefetches ? NULL : here + (size_t)(l->images > ROWS ? depth : 64) * step_bytes};
      linear_product(l, part, panel, k, &p);
    }
  }
}
