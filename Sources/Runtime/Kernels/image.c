/* 8-bit preprocessing in whole numbers, so that every machine and every reader gets the same pixels (spec section 8). An image
   is read row by row from where the caller has it: no copy of it, or of what surrounds it, is ever made. */
#include "FermKernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

static void grey(const uint8_t *rgb, uint8_t *grey, size_t pixels) {
  for (size_t i = 0; i < pixels; i++, rgb += 3)
    grey[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

/* One axis: `source` pixels become `target`, of which those from `seen` on, `length` of them, are the image's. */
typedef struct {
  int source, target, seen, length;
} axis;

static axis across(const ferm_resizing *r) {
  int last = r->x + r->part_width < r->width ? r->x + r->part_width : r->width;
  return (axis){r->part_width, r->result_width, r->x < 0 ? -r->x : 0, last - (r->x > 0 ? r->x : 0)};
}

static axis down(const ferm_resizing *r) {
  int last = r->y + r->part_height < r->height ? r->y + r->part_height : r->height;
  return (axis){r->part_height, r->result_height, r->y < 0 ? -r->y : 0, last - (r->y > 0 ? r->y : 0)};
}

/* Channels while the image is resized: grey that is to become RGB is resized once. */
static int channels(const ferm_resizing *r) { return r->channels == 3 && r->result_channels == 3 ? 3 : 1; }

static double scale(axis a) { return (double)a.source / a.target; }
static double support(axis a) { return scale(a) < 1 ? 1 : scale(a); }
/* The most source pixels of one target pixel. */
static size_t reach(axis a) { return (size_t)((int)support(a) * 2 + 3); }

/* Fills the spans of an axis, which count from the image's first pixel. Black beyond the image adds nothing to a sum, but has
   its share of the weights. */
static void make_spans(axis a, ferm_span *spans, int32_t *weights, double *exact) {
  for (int i = 0; i < a.target; i++, weights += reach(a)) {
    double centre = (i + 0.5) * scale(a), sum = 0, inverse = 1.0 / support(a);
    int first = (int)(centre - support(a) + 0.5), last = (int)(centre + support(a) + 0.5);
    if (first < 0) first = 0;
    if (last > a.source) last = a.source;
    for (int j = 0; j < last - first; j++) {
      double distance = (j + first - centre + 0.5) * inverse;
      if (distance < 0) distance = -distance;
      exact[j] = distance < 1 ? 1 - distance : 0;
      sum += exact[j];
    }
    for (int j = 0; j < last - first; j++) {
      double share = sum != 0 ? exact[j] / sum : exact[j];
      weights[j] = (int32_t)(0.5 + share * (1 << FERM_SPAN_BITS));
    }
    int from = first > a.seen ? first : a.seen, to = last < a.seen + a.length ? last : a.seen + a.length;
    spans[i] = (ferm_span){from - a.seen, to > from ? to - from : 0, weights + (from > first ? from - first : 0)};
  }
}

/* The parts of the scratch, each behind the other in the order of their alignment. */
typedef struct {
  double *exact;
  ferm_span *across, *down;
  int32_t *across_weights, *down_weights, *sums;
  uint8_t *grey, *middle;
} parts;

static size_t lay_out(const ferm_resizing *r, uint8_t *scratch, parts *p) {
  axis a = across(r), d = down(r);
  size_t row = (size_t)r->result_width * (size_t)channels(r), place = 0;
#define TAKE(field, count) (p->field = scratch ? (void *)(scratch + place) : NULL, place += sizeof *p->field * (count))
  TAKE(exact, reach(a) > reach(d) ? reach(a) : reach(d));
  TAKE(across, (size_t)a.target);
  TAKE(down, (size_t)d.target);
  TAKE(across_weights, (size_t)a.target * reach(a));
  TAKE(down_weights, (size_t)d.target * reach(d));
  TAKE(sums, (size_t)d.target * row);
  TAKE(grey, r->channels > channels(r) ? (size_t)a.length : 0);
  TAKE(middle, row);
#undef TAKE
  return place;
}

size_t ferm_resize_scratch(const ferm_resizing *r) {
  parts p;
  return lay_out(r, NULL, &p);
}

void ferm_resize(const ferm_kernels *kernels, const ferm_resizing *r, void *scratch, uint8_t *result) {
  parts p;
  lay_out(r, scratch, &p);
  axis a = across(r), d = down(r);
  make_spans(a, p.across, p.across_weights, p.exact);
  make_spans(d, p.down, p.down_weights, p.exact);
  size_t row = (size_t)r->result_width * (size_t)channels(r);
  memset(p.sums, 0, sizeof *p.sums * (size_t)r->result_height * row);
  const uint8_t *source = r->pixels + (size_t)(r->y > 0 ? r->y : 0) * r->stride +
                          (size_t)(r->x > 0 ? r->x : 0) * (size_t)r->channels;
  /* Each source row goes to the target rows first ..< last, a window that only moves on. */
  for (int y = 0, first = 0, last = 0; y < d.length; y++, source += r->stride) {
    while (first < d.target && p.down[first].first + p.down[first].count <= y) first++;
    while (last < d.target && p.down[last].first <= y) last++;
    const uint8_t *pixels = source;
    if (r->channels > channels(r)) grey(source, p.grey, (size_t)a.length), pixels = p.grey;
    kernels->resize_row(pixels, a.length, channels(r), p.across, r->result_width, p.middle);
    for (int i = first; i < last; i++) {
      const ferm_span *s = &p.down[i];
      if (y < s->first + s->count) kernels->add_row(p.sums + (size_t)i * row, s->weight[y - s->first], p.middle, row);
    }
  }
  kernels->round_sums(p.sums, (size_t)r->result_height * row, r->result_channels / channels(r), result);
}
