/* 8-bit preprocessing in whole numbers, so that every machine and every reader gets the same pixels (spec section 8). */
#include "FermKernels.h"

#include <stdlib.h>

#pragma STDC FP_CONTRACT OFF

void ferm_grey(const uint8_t *rgb, uint8_t *grey, size_t pixels) {
  for (size_t i = 0; i < pixels; i++, rgb += 3)
    grey[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

enum { BITS = 22 }; /* of the weights' fraction */

/* For each target pixel: the first source pixel, how many count, and their weights in units of 2^-BITS. */
typedef struct {
  int reach; /* most source pixels of one target pixel */
  int *first, *count;
  int32_t *weight; /* [target][reach] */
} table;

static void drop(table *t) {
  free(t->first);
  free(t->count);
  free(t->weight);
}

static int make_table(table *t, int source, int target) {
  double scale = (double)source / target, support = scale < 1 ? 1 : scale;
  t->reach = (int)support * 2 + 3;
  t->first = malloc(sizeof(int) * (size_t)target);
  t->count = malloc(sizeof(int) * (size_t)target);
  t->weight = malloc(sizeof(int32_t) * (size_t)target * (size_t)t->reach);
  double *exact = malloc(sizeof(double) * (size_t)t->reach);
  if (!t->first || !t->count || !t->weight || !exact) {
    free(exact);
    return -1;
  }
  for (int i = 0; i < target; i++) {
    double centre = (i + 0.5) * scale, sum = 0, inverse = 1.0 / support;
    int first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (last > source) last = source;
    t->first[i] = first, t->count[i] = last - first;
    for (int j = 0; j < last - first; j++) {
      double distance = (j + first - centre + 0.5) * inverse;
      if (distance < 0) distance = -distance;
      exact[j] = distance < 1 ? 1 - distance : 0;
      sum += exact[j];
    }
    for (int j = 0; j < last - first; j++) {
      double share = sum != 0 ? exact[j] / sum : exact[j];
      t->weight[(size_t)i * (size_t)t->reach + (size_t)j] = (int32_t)(0.5 + share * (1 << BITS));
    }
  }
  free(exact);
  return 0;
}

/* No sum reaches 2^31: weights add up to 2^BITS and half a unit for each of fewer than 2^18 pixels, as no side that is
   resized is longer than that. */
static uint8_t rounded(int32_t sum) {
  sum = (sum + (1 << (BITS - 1))) >> BITS;
  return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

int ferm_resize(const uint8_t *source, size_t source_stride, int source_width, int source_height, int channels,
                uint8_t *result, int width, int height) {
  table across = {0}, down = {0};
  size_t row = (size_t)width * (size_t)channels;
  uint8_t *middle = malloc(row * (size_t)source_height);
  int status = middle ? make_table(&across, source_width, width) : -1;
  if (status == 0) status = make_table(&down, source_height, height);
  if (status == 0) {
    for (int y = 0; y < source_height; y++)
      for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
          const uint8_t *from = source + (size_t)y * source_stride + (size_t)(across.first[x] * channels + c);
          const int32_t *weight = across.weight + (size_t)x * (size_t)across.reach;
          int32_t sum = 0;
          for (int j = 0; j < across.count[x]; j++) sum += weight[j] * from[j * channels];
          middle[(size_t)y * row + (size_t)(x * channels + c)] = rounded(sum);
        }
    for (int y = 0; y < height; y++)
      for (size_t x = 0; x < row; x++) {
        const uint8_t *from = middle + (size_t)down.first[y] * row + x;
        const int32_t *weight = down.weight + (size_t)y * (size_t)down.reach;
        int32_t sum = 0;
        for (int j = 0; j < down.count[y]; j++) sum += weight[j] * from[(size_t)j * row];
        result[(size_t)y * row + x] = rounded(sum);
      }
  }
  drop(&across);
  drop(&down);
  free(middle);
  return status;
}
