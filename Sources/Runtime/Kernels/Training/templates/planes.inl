/* Sums over planes. */

/* One piece of work is an image. */
static void NAME(plane_sums)(ferm_plane_sums *s, size_t part) {
  (void)part;
  long image;
  while ((image = take(&s->next)) < s->images)
    for (int block = 0; block < s->blocks; block++) {
      size_t plane = (size_t)image * (size_t)s->blocks + (size_t)block;
      const float *x = s->x + plane * (size_t)(s->pixels * LANES);
      vec sum = (vec)0.0f;
      for (int p = 0; p < s->pixels; p++) sum += load(x + p * LANES);
      store(s->sums + plane * LANES, sum);
    }
}
