/* Batch normalisation of maps in blocks, with an activation and 2x2 max pooling. One piece of work is a plane, or some small ones.

   What activation and pooling let through is worked out again from x on the way back: scale and shift are those of the way there, so
   the comparison gives the same bits. */

typedef uint8_t winner_vec __attribute__((ext_vector_type(LANES), aligned(1)));

/* Sums go in so many chains, which hides the latency of an addition. */
enum { CHAINS = 4 };

INLINE vec total(const vec sum[CHAINS]) { return (sum[0] + sum[1]) + (sum[2] + sum[3]); }

INLINE void put(const ferm_norm *n, float *to, vec value) {
  if (n->stream) stream(to, value);
  else store(to, value);
}

typedef struct { int image, block; size_t from, pooled; } norm_plane;

INLINE norm_plane plane_of(const ferm_norm *n, long plane) {
  return (norm_plane){(int)(plane / n->blocks), (int)(plane % n->blocks), (size_t)plane * (size_t)(n->height * n->width * LANES),
                      (size_t)plane * (size_t)((n->height / 2) * (n->width / 2) * LANES)};
}

INLINE float *sums_of(const ferm_norm *n, norm_plane p) {
  return n->sums + ((size_t)p.image * 2 * (size_t)n->blocks + (size_t)p.block) * LANES;
}

static void NAME(norm_statistics)(ferm_norm *n, size_t part) {
  (void)part;
  int pixels = n->height * n->width;
  FOR_PLANES(piece, &n->next, (long)n->images * n->blocks, n->height * n->width) {
    norm_plane p = plane_of(n, piece);
    const float *x = n->x + p.from;
    vec sum[CHAINS] = {(vec)0.0f, (vec)0.0f, (vec)0.0f, (vec)0.0f}, squares[CHAINS] = {(vec)0.0f, (vec)0.0f, (vec)0.0f, (vec)0.0f};
    int i = 0;
    for (; i + CHAINS <= pixels; i += CHAINS) UNROLLED for (int k = 0; k < CHAINS; k++) sum[k] += load(x + (i + k) * LANES);
    for (; i < pixels; i++) sum[0] += load(x + i * LANES);
    vec mean = total(sum) / (float)pixels;
    i = 0;
    for (; i + CHAINS <= pixels; i += CHAINS) UNROLLED for (int k = 0; k < CHAINS; k++) {
      vec d = load(x + (i + k) * LANES) - mean;
      squares[k] = multiply_add(d, d, squares[k]);
    }
    for (; i < pixels; i++) {
      vec d = load(x + i * LANES) - mean;
      squares[0] = multiply_add(d, d, squares[0]);
    }
    float *to = sums_of(n, p);
    store(to, total(sum));
    store(to + n->blocks * LANES, total(squares));
  }
}

/* The largest of a window's four values z, and which it was; of equal ones the first. */
INLINE vec largest(const vec z[4], int_vec *winner) {
  vec best = z[0];
  *winner = (int_vec)0;
  UNROLLED for (int k = 1; k < 4; k++) {
    int_vec is_larger = z[k] > best;
    best = is_larger ? z[k] : best;
    *winner = is_larger ? (int_vec)k : *winner;
  }
  return best;
}

INLINE void load_window(const float *x, int width, vec window[4]) {
  window[0] = load(x), window[1] = load(x + LANES);
  window[2] = load(x + width * LANES), window[3] = load(x + (width + 1) * LANES);
}

static void pooled_plane(const ferm_norm *n, norm_plane p, vec scale, vec shift) {
  const float *x = n->x + p.from;
  float *y = n->y + p.pooled;
  uint8_t *winners = n->winners + p.pooled;
  for (int r = 0; r < n->height / 2; r++)
    for (int c = 0; c < n->width / 2; c++, y += LANES, winners += LANES) {
      vec z[4];
      int_vec winner;
      load_window(x + (2 * r * n->width + 2 * c) * LANES, n->width, z);
      UNROLLED for (int k = 0; k < 4; k++) z[k] = multiply_add(z[k], scale, shift);
      vec best = largest(z, &winner);
      if (n->activation.kind == FERM_RELU) {
        best = rectified(best);
        winner = best > 0.0f ? winner : (int_vec)4;
      }
      store(y, best);
      *(winner_vec *)winners = __builtin_convertvector(winner, winner_vec);
    }
}

INLINE void normalised_plane(const ferm_norm *n, norm_plane p, vec scale, vec shift, const int kind) {
  const float *x = n->x + p.from;
  float *y = n->y + p.from, low = n->activation.low, high = n->activation.high;
  int_vec used = used_lanes(n->channels - p.block * LANES);
  for (int i = 0; i < n->height * n->width * LANES; i += LANES)
    put(n, y + i, activated(kind, low, high, used, multiply_add(load(x + i), scale, shift)));
}

static void NAME(norm)(ferm_norm *n, size_t part) {
  (void)part;
  FOR_PLANES(piece, &n->next, (long)n->images * n->blocks, n->height * n->width) {
    norm_plane p = plane_of(n, piece);
    vec scale = load(n->scale + p.block * LANES), shift = load(n->shift + p.block * LANES);
    if (n->pool) {
      pooled_plane(n, p, scale, shift);
      continue;
    }
#define NORMALISED(kind) normalised_plane(n, p, scale, shift, kind)
    FOR_ACTIVATION(n->activation.kind, NORMALISED)
#undef NORMALISED
  }
}

/* ---- back ---- */

INLINE int_vec winner_of(const uint8_t *winners) { return __builtin_convertvector(*(const winner_vec *)winners, int_vec); }

static void pooled_sums(const ferm_norm *n, norm_plane p, vec mean, vec *sum, vec *product) {
  const float *x = n->x + p.from, *dy = n->dy + p.pooled;
  const uint8_t *winners = n->winners + p.pooled;
  for (int r = 0; r < n->height / 2; r++)
    for (int c = 0; c < n->width / 2; c++, dy += LANES, winners += LANES) {
      vec window[4];
      load_window(x + (2 * r * n->width + 2 * c) * LANES, n->width, window);
      int_vec winner = winner_of(winners);
      vec at = window[0], d = winner < 4 ? load(dy) : (vec)0.0f;
      UNROLLED for (int k = 1; k < 4; k++) at = winner == k ? window[k] : at;
      sum[c % CHAINS] += d;
      product[c % CHAINS] = multiply_add(d, at - mean, product[c % CHAINS]);
    }
}

/* Slopes that take an exponential or several steps are worked out once: what they let through is kept, where that is asked for. */
INLINE void plane_sums(const ferm_norm *n, norm_plane p, vec mean, vec *sum, vec *product, const int kind) {
  const int may_keep = kind == FERM_SILU || kind == FERM_HARD_SWISH || kind == FERM_SIGMOID;
  vec scale = load(n->scale + p.block * LANES), shift = load(n->shift + p.block * LANES);
  const float *x = n->x + p.from, *dy = n->dy + p.from;
  float *kept = may_keep && n->dx ? n->dx + p.from : NULL, low = n->activation.low, high = n->activation.high;
  int pixels = n->height * n->width, i = 0;
  for (; i + CHAINS <= pixels; i += CHAINS) UNROLLED for (int k = 0; k < CHAINS; k++) {
    vec at = load(x + (i + k) * LANES), d = passed(kind, low, high, multiply_add(at, scale, shift), load(dy + (i + k) * LANES));
    if (may_keep && kept) store(kept + (i + k) * LANES, d);
    sum[k] += d;
    product[k] = multiply_add(d, at - mean, product[k]);
  }
  for (; i < pixels; i++) {
    vec at = load(x + i * LANES), d = passed(kind, low, high, multiply_add(at, scale, shift), load(dy + i * LANES));
    if (may_keep && kept) store(kept + i * LANES, d);
    sum[0] += d;
    product[0] = multiply_add(d, at - mean, product[0]);
  }
}

static void NAME(norm_sums)(ferm_norm *n, size_t part) {
  (void)part;
  FOR_PLANES(piece, &n->next, (long)n->images * n->blocks, n->height * n->width) {
    norm_plane p = plane_of(n, piece);
    vec mean = load(n->mean + p.block * LANES);
    vec sum[CHAINS] = {(vec)0.0f, (vec)0.0f, (vec)0.0f, (vec)0.0f}, product[CHAINS] = {(vec)0.0f, (vec)0.0f, (vec)0.0f, (vec)0.0f};
#define SUMS(kind) plane_sums(n, p, mean, sum, product, kind)
    if (n->pool) pooled_sums(n, p, mean, sum, product);
    else FOR_ACTIVATION(n->activation.kind, SUMS)
#undef SUMS
    float *to = sums_of(n, p);
    store(to, total(sum));
    store(to + n->blocks * LANES, total(product));
  }
}

/* What dx is made of, by channel. */
typedef struct { vec mean, a, b, c; } norm_factors;

INLINE vec input_gradient(const norm_factors *f, vec x, vec d) {
  return multiply_add(d, f->a, multiply_add(x - f->mean, f->b, f->c));
}

INLINE void plane_gradient(const ferm_norm *n, norm_plane p, const norm_factors *f, const int kind) {
  vec scale = load(n->scale + p.block * LANES), shift = load(n->shift + p.block * LANES);
  const float *x = n->x + p.from, *dy = n->dy + p.from;
  float *dx = n->dx + p.from, low = n->activation.low, high = n->activation.high;
  for (int i = 0; i < n->height * n->width * LANES; i += LANES) {
    vec at = load(x + i), d = passed(kind, low, high, multiply_add(at, scale, shift), load(dy + i));
    put(n, dx + i, input_gradient(f, at, d));
  }
}

static void pooled_gradient(const ferm_norm *n, norm_plane p, const norm_factors *f) {
  int width = n->width;
  const float *x = n->x + p.from, *dy = n->dy + p.pooled;
  float *dx = n->dx + p.from;
  const uint8_t *winners = n->winners + p.pooled;
  for (int r = 0; r < n->height; r++)
    for (int q = 0; q < width; q++) {
      /* Windows are done whole, at their first pixel; pixels in no window have no gradient from above. */
      int i = (r * width + q) * LANES, in_window = (r | 1) < n->height && (q | 1) < width;
      if (!in_window) put(n, dx + i, multiply_add(load(x + i) - f->mean, f->b, f->c));
      else if (r % 2 == 0 && q % 2 == 0) {
        vec window[4], d = load(dy);
        int_vec winner = winner_of(winners);
        load_window(x + i, width, window);
        UNROLLED for (int k = 0; k < 4; k++)
          put(n, dx + i + (k / 2 * width + k % 2) * LANES, input_gradient(f, window[k], winner == k ? d : (vec)0.0f));
        dy += LANES, winners += LANES;
      }
    }
}

static void NAME(norm_gradient)(ferm_norm *n, size_t part) {
  (void)part;
  FOR_PLANES(piece, &n->next, (long)n->images * n->blocks, n->height * n->width) {
    norm_plane p = plane_of(n, piece);
    int channel = p.block * LANES;
    norm_factors f = {load(n->mean + channel), load(n->a + channel), load(n->b + channel), load(n->c + channel)};
#define GRADIENT(kind) plane_gradient(n, p, &f, kind)
    if (n->pool) pooled_gradient(n, p, &f);
    else FOR_ACTIVATION(n->activation.kind, GRADIENT)
#undef GRADIENT
  }
}
