/* Sums over planes, and maps made of a factor for each plane. */

INLINE vec plane_sum(const float *x, const float *y, int pixels) {
  vec sum[CHAINS] = {(vec)0.0f, (vec)0.0f, (vec)0.0f, (vec)0.0f};
  int i = 0;
#define ADD(k) \
  sum[k] = y ? multiply_add(load(x + (i + k) * LANES), load(y + (i + k) * LANES), sum[k]) : sum[k] + load(x + (i + k) * LANES)
  for (; i + CHAINS <= pixels; i += CHAINS) UNROLLED for (int k = 0; k < CHAINS; k++) ADD(k);
  for (; i < pixels; i++) ADD(0);
#undef ADD
  return total(sum);
}

INLINE void plane_products(const ferm_planes *d, const float *x, vec factor, float *to) {
  for (int i = 0; i < d->pixels * LANES; i += LANES) {
    vec value = d->adds ? load(x + i) + factor : x ? load(x + i) * factor : factor;
    if (d->stream) stream(to + i, value);
    else store(to + i, value);
  }
}

/* One piece of work is an image. */
static void NAME(planes)(ferm_planes *d, size_t part) {
  (void)part;
  float count = d->mean ? (float)d->pixels : 1.0f;
  long image;
  while ((image = take(&d->next)) < d->images)
    for (int block = 0; block < d->blocks; block++) {
      size_t plane = (size_t)image * (size_t)d->blocks + (size_t)block, from = plane * (size_t)(d->pixels * LANES);
      const float *x = d->x ? d->x + from : NULL;
      if (d->sums) store(d->sums + plane * LANES, plane_sum(x, d->y ? d->y + from : NULL, d->pixels) / count);
      if (d->products) plane_products(d, x, load(d->factors + plane * LANES) / count, d->products + from);
    }
}
