/* A convolution by its definition reads its image with zeros around it; narrow products, as pairs. */

INLINE int needs_copy(const ferm_direct *d) {
  return IN_UNIT > 1 || d->padded_height != d->height || d->padded_width != d->width;
}

/* Floats, or pairs. */
INLINE size_t padded_size(const ferm_direct *d) {
  return (size_t)d->blocks * (size_t)(d->padded_height * d->padded_width * d->lanes / IN_UNIT);
}

INLINE void copy_row(element *to, const float *from, size_t count) {
#ifdef NARROW
  for (size_t i = 0; i < count; i += LANES) store_element(to + i, load(from + i));
#else
  memcpy(to, from, count * sizeof(float));
#endif
}

/* The image as it is, or where it needs zeros its copy in `to`. */
static const float *padded(const ferm_direct *d, int image, float *to) {
  const float *from = d->input + (size_t)image * d->pitch;
  if (!needs_copy(d)) return from;
  size_t row = (size_t)(d->width * d->lanes), padded_row = (size_t)(d->padded_width * d->lanes);
  element *next = (element *)to;
  for (int block = 0; block < d->blocks; block++)
    for (int y = -d->pad_top; y < d->padded_height - d->pad_top; y++, next += padded_row) {
      memset(next, 0, padded_row * sizeof(element));
      if (y < 0 || y >= d->height) continue;
      copy_row(next + d->pad_left * d->lanes, from, row);
      from += row;
    }
  return to;
}
