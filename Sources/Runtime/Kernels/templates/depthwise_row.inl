/* Rows of a depthwise convolution. Those of the usual windows are taken some pixels at a time, which are loaded once; where such a
   group reaches beyond an edge, zeros take the place of what is not there. */

/* Pixel x of a row. What lies beside the row is zero; it is not looked for unless `checked`. */
INLINE vec load_within(const float *row, int x, int width, const int checked) {
  return checked && (x < 0 || x >= width) ? (vec)0.0f : load(row + (ptrdiff_t)x * LANES);
}

/* Ten times the width, and the stride, of windows whose pixels are taken together; or 0. */
INLINE int usual_row(const ferm_depthwise *d) {
  int width = d->window[1], stride = d->stride[1];
  return d->step[1] == 1 && (width == 3 || width == 5) && (stride == 1 || stride == 2) ? 10 * width + stride : 0;
}
