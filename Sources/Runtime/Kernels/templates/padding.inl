/* A convolution by its definition reads its image with zeros around it. */

INLINE int needs_copy(const ferm_direct *d) {
  return d->padded_height != d->height || d->padded_width != d->width;
}

INLINE size_t padded_size(const ferm_direct *d) {
  return (size_t)d->blocks * (size_t)(d->padded_height * d->padded_width * d->lanes);
}

/* The image as it is, or where it needs zeros its copy in `to`. */
static const float *padded(const ferm_direct *d, int image, float *to) {
  const float *from = d->input + (size_t)image * d->pitch;
  if (!needs_copy(d)) return from;
  size_t row = (size_t)(d->width * d->lanes), padded_row = (size_t)(d->padded_width * d->lanes);
  float *next = to;
  for (int block = 0; block < d->blocks; block++)
    for (int y = -d->pad_top; y < d->padded_height - d->pad_top; y++, next += padded_row) {
      memset(next, 0, padded_row * sizeof(float));
      if (y < 0 || y >= d->height) continue;
      memcpy(next + d->pad_left * d->lanes, from, row * sizeof(float));
      from += row;
    }
  return to;
}
