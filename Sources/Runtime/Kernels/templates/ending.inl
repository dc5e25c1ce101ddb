/* What may follow a convolution, while its outputs are in the caches; and the same loops for maps that follow something else. */

/* Any number of elements: what does not fill a register is done in a copy. */
static __attribute__((noinline)) void activate(const float *input, float *output, size_t count, int is_silu) {
  float some[LANES] = {0};
  size_t whole = count / LANES * LANES, rest = count - whole;
  ROLLED for (size_t i = 0; i < whole; i += LANES) store(output + i, logistic(load(input + i), is_silu));
  if (rest == 0) return;
  memcpy(some, input + whole, rest * sizeof *some);
  store(some, logistic(load(some), is_silu));
  memcpy(output + whole, some, rest * sizeof *some);
}

/* Clipped, or hard-swish: x times what is clipped of x + 3, over 6. Any number of elements. */
static __attribute__((noinline)) void bound(const float *input, float *output, size_t count, float low, float high, int is_hard_swish) {
  float some[LANES] = {0};
  size_t whole = count / LANES * LANES, rest = count - whole;
#define BOUND(x) (is_hard_swish ? x * (clipped(x + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f)) : clipped(x, low, high))
  ROLLED for (size_t i = 0; i < whole; i += LANES) {
    vec x = load(input + i);
    store(output + i, BOUND(x));
  }
  if (rest == 0) return;
  memcpy(some, input + whole, rest * sizeof *some);
  vec x = load(some);
  store(some, BOUND(x));
  memcpy(output + whole, some, rest * sizeof *some);
#undef BOUND
}

INLINE int has_ending(const ferm_ending *e) { return e->addend || e->activation; }

/* What follows a convolution's bias, for `count` floats from `to` on, which lie at `place` in an image's output: while they are in
   the caches. */
static __attribute__((noinline)) void end(const ferm_ending *e, size_t image, size_t place, float *to, size_t count) {
  if (e->addend) {
    const float *more = e->addend + image * e->addend_pitch + place;
    size_t summed = place >= e->addend_size ? 0 : e->addend_size - place < count ? e->addend_size - place : count;
    ROLLED for (size_t i = 0; i < summed; i += LANES) {
      vec sum = load(to + i) + load(more + i);
      store(to + i, e->activation == FERM_RELU ? rectified(sum) : sum);
    }
    if (e->activation == FERM_RELU)
      ROLLED for (size_t i = summed; i < count; i += LANES) store(to + i, rectified(load(to + i)));
  }
  switch (e->activation) {
    case FERM_SILU: activate(to, to, count, 1); break;
    case FERM_CLIP: bound(to, to, count, e->low, e->high, 0); break;
    case FERM_HARD_SWISH: bound(to, to, count, 0, 0, 1); break;
  }
}
