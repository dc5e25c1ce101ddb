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
