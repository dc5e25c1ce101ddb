#include "FermSystem.h"

/* Fixed widths let the compiler turn the transposition into vector shuffles. */
#define EACH_WIDTH(body)             \
  switch (width) {                   \
    case 2: body(2) break;           \
    case 4: body(4) break;           \
    default: body(width) break;      \
  }

void ferm_shuffle(const uint8_t *restrict elements, uint8_t *restrict planes, size_t count, size_t width) {
#define SHUFFLE(w)                            \
  for (size_t i = 0; i < count; i++)          \
    for (size_t b = 0; b < (w); b++) planes[b * count + i] = elements[i * (w) + b];
  EACH_WIDTH(SHUFFLE)
}

void ferm_unshuffle(const uint8_t *restrict planes, uint8_t *restrict elements, size_t count, size_t width) {
#define UNSHUFFLE(w)                          \
  for (size_t i = 0; i < count; i++)          \
    for (size_t b = 0; b < (w); b++) elements[i * (w) + b] = planes[b * count + i];
  EACH_WIDTH(UNSHUFFLE)
}
