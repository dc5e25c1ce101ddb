/* Half-size copies of 8-bit images, in which large photos are searched for large faces. */
#include "FermKernels.h"

/* The means of pairs of pixels in two rows; a known number of channels lets the compiler take many at a time. */
static void pairs_of(int channels, const uint8_t *restrict upper, const uint8_t *restrict lower, size_t pairs, uint8_t *restrict result) {
  for (size_t i = 0; i < pairs; i++, upper += 2 * channels, lower += 2 * channels)
    for (int c = 0; c < channels; c++)
      *result++ = (uint8_t)((upper[c] + upper[channels + c] + lower[c] + lower[channels + c] + 2) >> 2);
}

void ferm_halve(const uint8_t *pixels, size_t width, size_t height, size_t channels, size_t stride, uint8_t *result) {
  for (size_t y = 0; y < height; y += 2) {
    const uint8_t *upper = pixels + y * stride, *lower = y + 1 < height ? upper + stride : upper;
    size_t pairs = width / 2, last = (width - 1) * channels;
    if (channels == 3)
      pairs_of(3, upper, lower, pairs, result);
    else
      pairs_of(1, upper, lower, pairs, result);
    result += pairs * channels;
    if (width % 2)
      for (size_t c = 0; c < channels; c++) *result++ = (uint8_t)((upper[last + c] + lower[last + c] + 1) >> 1);
  }
}
