/* What linear layers do before and after narrow products: rows of units out of an image's floats, and floats out of sums of
   bytes. */

typedef uint8_t loose_quantised_vec __attribute__((ext_vector_type(LANES), aligned(1)));
typedef uint32_t loose_bits_vec __attribute__((ext_vector_type(LANES), aligned(4)));

/* A sum with this number is rounded to a whole one, which it has in its lowest bits. */
static const float rounding = 0x1.8p23f;

/* The least and the largest number of a row, or 0 where that is beyond, become the first and the last of 256 steps. */
static ferm_row_scale scale_of(const float *from, int count) {
  vec least = (vec)0.0f, largest = (vec)0.0f;
  int_vec magnitude = (int_vec)0;
  ROLLED for (int i = 0; i < count; i += LANES) {
    vec value = load(from + i);
    int_vec bits = __builtin_bit_cast(int_vec, value) & 0x7FFFFFFF; /* in the order of the magnitudes, infinity and NaN last */
    magnitude = bits > magnitude ? bits : magnitude;
    least = value < least ? value : least;
    largest = value > largest ? value : largest;
  }
  float low = 0, high = 0;
  for (int i = 0; i < LANES; i++) {
    if (magnitude[i] >= 0x7F800000) return (ferm_row_scale){__builtin_nanf(""), 0};
    low = least[i] < low ? least[i] : low;
    high = largest[i] > high ? largest[i] : high;
  }
  /* Each by itself, as their difference may be infinite; and not so small that the inverse would be. */
  float scale = high / 255 - low / 255;
  scale = scale < 0x1p-126f ? 0x1p-126f : scale;
  return (ferm_row_scale){scale, (int32_t)(-low * (1 / scale) + rounding - rounding)};
}

static void quantise(const float *from, int count, ferm_row_scale row, uint8_t *to) {
  vec inverse = splat(1 / row.scale), zero = splat(rounding + (float)row.zero);
  ROLLED for (int i = 0; i < count; i += LANES) {
    int_vec step = __builtin_bit_cast(int_vec, multiply_add(load(from + i), inverse, zero)) - __builtin_bit_cast(int32_t, rounding);
    step = step < 0 ? (int_vec)0 : step;
    step = step > 255 ? (int_vec)255 : step;
    *(loose_quantised_vec *)(to + i) = __builtin_convertvector(step, loose_quantised_vec);
  }
}

/* One piece of work is an image. */
static void NAME(linear_rows)(void *task, size_t part) {
  ferm_linear_rows *l = task;
  (void)part;
  long image;
  while ((image = take(&l->next)) < l->images) {
    const float *from = l->input + (size_t)image * l->pitch;
    float *to = l->rows + (size_t)image * l->row_pitch;
    if (l->type == FERM_FOURS) {
      l->scales[image] = scale_of(from, l->count);
      quantise(from, l->count, l->scales[image], (uint8_t *)to);
    } else {
      ROLLED for (int i = 0; i < l->count; i += LANES) store_element((element *)to + i, load(from + i));
    }
  }
}

/* Sums of bytes [image][column] to floats, added to what outputs hold where `adds`, and finished where the product would. */
static void add_sums(const ferm_product *p, const float *sums, const ferm_row_scale *rows, const int32_t *weight_sums, int adds) {
  for (int image = 0; image < p->rows; image++)
    for (int v = 0; v < p->vectors; v++) {
      bits_vec sum = __builtin_bit_cast(bits_vec, load(sums + image * COLUMNS + v * LANES));
      sum -= (uint32_t)rows[image].zero * *(const loose_bits_vec *)(weight_sums + v * LANES);
      vec value = __builtin_convertvector(__builtin_bit_cast(int_vec, sum), vec);
      float *to = p->c + image * p->c_row_pitch + v * p->c_vector_pitch;
      if (adds) value += load(to);
      if (p->finish) {
        /* The weights' scale first: with a large one of the row, sums of bytes might become infinite. */
        value = multiply_add(value * load(p->scale + v * LANES), splat(rows[image].scale), load(p->bias + v * LANES));
        if (p->relu) value = rectified(value);
      }
      store(to, value);
    }
}

/* Sums of bytes stay in scratch as long as they are exact. */
static void linear_product(const ferm_linear *l, size_t part, long panel, int k, const ferm_product *p) {
  if (l->type != FERM_FOURS) {
    NAME(product)(p);
    return;
  }
  ferm_product fours = *p;
  fours.c = l->scratch + part * l->scratch_size, fours.c_row_pitch = COLUMNS;
  fours.accumulate = k % FERM_EXACT_FOURS > 0, fours.finish = 0;
  NAME(product)(&fours);
  int end = k + p->depth;
  if (!p->finish && end % FERM_EXACT_FOURS > 0) return;
  const int32_t *weight_sums = l->weight_sums + ((size_t)(k / FERM_EXACT_FOURS) * (size_t)l->panels + (size_t)panel) * COLUMNS;
  add_sums(p, fours.c, l->row_scales, weight_sums, k >= FERM_EXACT_FOURS);
}
