#include "FermSystem.h"

#include <string.h>

/* Looks block by block, so that the inner loops have no exit and become vector code. */
enum { BLOCK = 4096 };

size_t ferm_find_infinite32(const void *elements, size_t count) {
  const uint8_t *bytes = elements;
  for (size_t first = 0; first < count; first += BLOCK) {
    size_t last = first + BLOCK < count ? first + BLOCK : count;
    uint32_t found = 0, bits;
    for (size_t i = first; i < last; i++) {
      memcpy(&bits, bytes + 4 * i, 4);
      found |= (bits & 0x7F800000) == 0x7F800000;
    }
    for (size_t i = first; found && i < last; i++) {
      memcpy(&bits, bytes + 4 * i, 4);
      if ((bits & 0x7F800000) == 0x7F800000) return i;
    }
  }
  return count;
}

size_t ferm_find_infinite16(const void *elements, size_t count, uint16_t exponent) {
  const uint8_t *bytes = elements;
  for (size_t first = 0; first < count; first += BLOCK) {
    size_t last = first + BLOCK < count ? first + BLOCK : count;
    uint16_t found = 0, bits;
    for (size_t i = first; i < last; i++) {
      memcpy(&bits, bytes + 2 * i, 2);
      found |= (bits & exponent) == exponent;
    }
    for (size_t i = first; found && i < last; i++) {
      memcpy(&bits, bytes + 2 * i, 2);
      if ((bits & exponent) == exponent) return i;
    }
  }
  return count;
}

size_t ferm_find_byte(const void *bytes, size_t count, uint8_t byte) {
  const uint8_t *found = count ? memchr(bytes, byte, count) : NULL;
  return found ? (size_t)(found - (const uint8_t *)bytes) : count;
}

void ferm_widen_half(const void *elements, size_t count, float *to) {
  const uint8_t *bytes = elements;
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, bytes + 2 * i, 2);
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7FFF, bits = magnitude << 13;
    float value;
    memcpy(&value, &bits, 4);
    /* Scaling by 2^112 moves the exponent bias from 15 to 127, and makes subnormals normal. */
    value *= 0x1p112f;
    memcpy(&bits, &value, 4);
    bits = (magnitude >= 0x7C00 ? 0x7F800000 | (magnitude & 0x3FF) << 13 : bits) | sign;
    memcpy(to + i, &bits, 4);
  }
}

void ferm_widen_brain(const void *elements, size_t count, float *to) {
  const uint8_t *bytes = elements;
  for (size_t i = 0; i < count; i++) {
    uint16_t brain;
    memcpy(&brain, bytes + 2 * i, 2);
    uint32_t bits = (uint32_t)brain << 16;
    memcpy(to + i, &bits, 4);
  }
}

void ferm_widen_byte(const void *elements, size_t count, float scale, float *to) {
  const int8_t *bytes = elements;
  for (size_t i = 0; i < count; i++) to[i] = (float)bytes[i] * scale;
}

void ferm_multiply(float *numbers, size_t count, double factor) {
  for (size_t i = 0; i < count; i++) numbers[i] = (float)((double)numbers[i] * factor);
}
