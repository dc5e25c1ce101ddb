/* Boxes of 8-bit images whose samples lie in other orders than R, G, B, or which reach beyond the image. */
#include "FermKernels.h"

#include <string.h>

/* 255 less the nearest to (255 - value) * alpha / 255: the sample laid over white. */
static uint8_t over_white(unsigned value, unsigned alpha) { return (uint8_t)(255 - ((255 - value) * alpha + 127) / 255); }

/* Pixels that lie beside each other, to grey or R, G, B. */
static void convert(const ferm_cutting *c, const uint8_t *from, size_t pixels, uint8_t *to) {
  if (c->samples == 1) {
    memcpy(to, from, pixels);
    return;
  }
  size_t red = c->blue_first ? 2 : 0, step = (size_t)c->samples;
  for (const uint8_t *end = from + pixels * step; from < end; from += step, to += 3) {
    uint8_t r = from[red], b = from[2 - red];
    to[0] = r, to[1] = from[1], to[2] = b;
    if (!c->has_alpha) continue;
    for (int i = 0; i < 3; i++) to[i] = over_white(to[i], from[3]);
  }
}

static int within(int place, int count) { return place < 0 ? 0 : place < count ? place : count - 1; }

void ferm_cut(const ferm_cutting *c, uint8_t *result) {
  size_t channels = c->samples == 1 ? 1 : 3, row = channels * (size_t)c->part_width;
  int end = c->x + c->part_width, first = within(c->x, c->width), last = within(end - 1, c->width);
  size_t before = c->x < 0 ? (size_t)-c->x : 0, after = end > c->width ? (size_t)(end - c->width) : 0;
  for (int y = 0; y < c->part_height; y++, result += row) {
    const uint8_t *source = c->pixels + (size_t)within(c->y + y, c->height) * c->stride + (size_t)first * (size_t)c->samples;
    uint8_t *seen = result + before * channels, *beyond = result + row - after * channels;
    convert(c, source, (size_t)(last - first + 1), seen);
    for (size_t i = 0; i < before; i++) memcpy(result + i * channels, seen, channels);
    for (size_t i = 0; i < after; i++) memcpy(beyond + i * channels, beyond - channels, channels);
  }
}
