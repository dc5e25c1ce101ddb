/* Convolution by its definition: the rows of the product are output pixels, its depth the window. */

/* Weights of so many steps stay in the first-level cache while all pixels pass by. */
enum { DIRECT_DEPTH = 256 };

/* Pixels first ..< first + rows of an image, or all those of `count` images from `image` on, which lie one after the other from `from`
   on. */
static void one_panel(const ferm_direct *d, int image, int count, int first, int rows, int panel, const float *from, float *plane) {
  int vectors = smaller(VECTORS, d->out_blocks - panel * VECTORS);
  int height = d->pool ? d->out_height / 2 : d->out_height, width = d->pool ? d->out_width / 2 : d->out_width;
  ptrdiff_t block_pitch = (ptrdiff_t)height * width * LANES;
  float *to = d->output + (size_t)image * d->out_pitch + panel * VECTORS * block_pitch;
  float *sums = d->pool ? plane : to;
  ptrdiff_t sum_pitch = d->pool ? (ptrdiff_t)d->pixels * LANES : block_pitch;
  const float *filters = d->filters + (size_t)panel * (size_t)d->depth * COLUMNS;
  int step = rows > ROWS ? DIRECT_DEPTH : d->depth;
  for (int k = 0; k < d->depth; k += step, filters += step * COLUMNS) {
    int depth = smaller(step, d->depth - k), is_last = k + depth == d->depth;
    ferm_product p = {.x = from + (d->panel_offsets ? d->panel_offsets[panel] : 0), .row_offsets = d->pixel_offsets + first,
                      .offsets = d->offsets + k, .rows = rows, .depth = depth, .type = USUAL, .weights = filters, .c = sums + first * LANES,
                      .c_row_pitch = LANES, .c_row_offsets = d->out_offsets, .c_vector_pitch = sum_pitch, .vectors = vectors, .accumulate = k > 0,
                      .finish = is_last, .relu = d->relu, .bias = d->bias + panel * COLUMNS,
                      .prefetch = is_last ? NULL : (const char *)(filters + depth * COLUMNS)};
    NAME(product)(&p);
  }
  if (has_ending(&d->ending))
    for (int i = 0; i < count * vectors; i++) {
      ptrdiff_t place = i % vectors * block_pitch + first * LANES;
      end(&d->ending, (size_t)(image + i / vectors), (size_t)(panel * VECTORS * block_pitch + place),
          to + (size_t)(i / vectors) * d->out_pitch + place, (size_t)(rows / count * LANES));
    }
  if (d->pool)
    for (int v = 0; v < vectors; v++) pool_plane(plane + v * sum_pitch, d->out_width, to + v * block_pitch, height, width);
}

/* One piece of work is an image, or those that are taken together. */
static void NAME(direct)(void *task, size_t part) {
  ferm_direct *d = task;
  float *copy = d->scratch + part * d->scratch_size, *plane = copy + (needs_copy(d) ? (size_t)d->together * padded_size(d) : 0);
  long piece;
  while ((piece = take(&d->next)) * d->together < d->images) {
    int image = (int)piece * d->together, count = smaller(d->together, d->images - image);
    const float *from = padded(d, image, copy);
    for (int i = 1; needs_copy(d) && i < count; i++) padded(d, image + i, copy + (size_t)i * padded_size(d));
    for (int panel = 0; panel < d->panels; panel++) one_panel(d, image, count, 0, count * d->pixels, panel, from, plane);
  }
}

/* For few images: each is copied once for all parts, where that is needed, ... */
static void NAME(direct_pad)(void *task, size_t part) {
  ferm_direct *d = task;
  (void)part;
  long image;
  while (needs_copy(d) && (image = take(&d->next)) < d->images)
    padded(d, (int)image, d->shared + (size_t)image * padded_size(d));
}

/* ... and one piece of work is a panel of all images taken together, or some of an image's pixels in it. */
static void NAME(direct_multiply)(void *task, size_t part) {
  ferm_direct *d = task;
  float *plane = d->scratch + part * d->scratch_size;
  int parts = d->together > 1 || d->pool ? 1 : (d->pixels + d->chunk - 1) / d->chunk;
  long piece;
  while ((piece = take(&d->next)) < (long)d->panels * parts)
    for (int image = 0; image < d->images; image += d->together) {
      int count = smaller(d->together, d->images - image), first = (int)(piece % parts) * d->chunk;
      one_panel(d, image, count, parts > 1 ? first : 0, parts > 1 ? smaller(d->chunk, d->pixels - first) : count * d->pixels,
                (int)(piece / parts),
                needs_copy(d) ? d->shared + (size_t)image * padded_size(d) : d->input + (size_t)image * d->pitch,
                plane);
    }
}
