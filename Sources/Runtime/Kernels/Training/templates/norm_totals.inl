/* What the sums of batch norm's planes come to over the images. One piece of work is a block of channels. */

typedef double wide_vec __attribute__((ext_vector_type(LANES), aligned(8)));

/* No function, as registers that a processor lacks stay within one. */
#define DOUBLES(from) __builtin_convertvector(load(from), wide_vec)

static void NAME(norm_totals)(ferm_norm_totals *t, size_t part) {
  (void)part;
  size_t row = (size_t)(t->blocks * LANES), pitch = 2 * row;
  double count = t->pixels * (double)t->images;
  long block;
  while ((block = take(&t->next)) < t->blocks) {
    const float *first = t->sums + block * LANES, *second = first + row;
    wide_vec sum = (wide_vec)0.0, other = (wide_vec)0.0;
    for (int n = 0; n < t->images; n++) sum += DOUBLES(first + (size_t)n * pitch);
    if (t->moments) {
      /* From each plane's squares around its own mean to those around the mean of all. */
      sum = sum / count;
      for (int n = 0; n < t->images; n++) {
        wide_vec distance = DOUBLES(first + (size_t)n * pitch) / t->pixels - sum;
        other += DOUBLES(second + (size_t)n * pitch) + t->pixels * distance * distance;
      }
      other = other / count;
    } else {
      for (int n = 0; n < t->images; n++) other += DOUBLES(second + (size_t)n * pitch);
    }
    double *to = t->totals + block * LANES;
    *(wide_vec *)to = sum;
    *(wide_vec *)(to + row) = other;
  }
}

#undef DOUBLES
