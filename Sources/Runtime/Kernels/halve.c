/* Half-size copies of 8-bit images, in which large photos are searched for large faces. */
#include "FermKernels.h"

void ferm_halve(const uint8_t *pixels, size_t width, size_t height, size_t channels, size_t stride, uint8_t *result) {
  for (size_t y = 0; y < height; y += 2) {
    const uint8_t *upper = pixels + y * stride, *lower = y + 1 < height ? upper + stride : upper;
    for (size_t x = 0; x < width; x += 2) {
      size_t left = x * channels, right = x + 1 < width ? left + channels : left;
      for (size_t c = 0; c < channels; c++)
        *result++ = (uint8_t)((upper[left + c] + upper[right + c] + lower[left + c] + lower[right + c] + 2) >> 2);
    }
  }
}
