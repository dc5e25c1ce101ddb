/* Dropout, with the draws that row-major order has. */

typedef uint64_t draw_vec __attribute__((ext_vector_type(LANES)));

static void NAME(dropout)(ferm_dropout *d, size_t part) {
  (void)part;
  const uint64_t golden = 0x9E3779B97F4A7C15u;
  /* From one lane, and from one register, to the next. */
  const uint64_t lane_step = d->is_planar ? 1 : (uint64_t)d->pixels, step = golden * (d->is_planar ? LANES : 1);
  FOR_PLANES(piece, &d->next, (long)d->images * d->blocks, d->pixels) {
    uint64_t image = (uint64_t)(piece / d->blocks), channel = (uint64_t)(piece % d->blocks) * LANES;
    uint64_t first = d->is_planar ? image * (uint64_t)d->pixels * LANES
                                  : (image * (uint64_t)d->channels + channel) * (uint64_t)d->pixels;
    draw_vec draw;
    for (int lane = 0; lane < LANES; lane++) draw[lane] = d->seed + (first + (uint64_t)lane * lane_step) * golden;
    const float *x = d->x + (size_t)piece * (size_t)(d->pixels * LANES);
    float *y = d->y + (size_t)piece * (size_t)(d->pixels * LANES);
    for (int p = 0; p < d->pixels; p++, draw += step) {
      /* The output function of SplitMix64, as in RandomNumbers.swift. */
      draw_vec z = (draw ^ (draw >> 30)) * 0xBF58476D1CE4E5B9u;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
      z = (z ^ (z >> 31)) >> 32;
      int_vec kept = __builtin_convertvector(z >= d->limit, int_vec);
      store(y + p * LANES, kept ? load(x + p * LANES) * d->scale : (vec)0.0f);
    }
  }
}
