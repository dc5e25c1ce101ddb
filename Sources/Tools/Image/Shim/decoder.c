#include "decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ferm_decoder_read(
  ferm_decoder *decoder, ferm_background background, uint8_t *pixels, size_t capacity,
  ferm_image_failure *failure) {
  return decoder->read(decoder, background, pixels, capacity, failure);
}

void ferm_decoder_close(ferm_decoder *decoder) { decoder->close(decoder); }

void ferm_image_fail(ferm_image_failure *failure, const char *text) {
  snprintf(failure->text, sizeof failure->text, "%s", text);
}

void *ferm_image_allocate(size_t size, ferm_image_failure *failure) {
  void *memory = calloc(1, size);
  if (!memory) ferm_image_fail(failure, "no memory");
  return memory;
}

static unsigned number(const uint8_t *bytes, int size, int is_big_endian) {
  unsigned value = 0;
  for (int i = 0; i < size; i++) value = value << 8 | bytes[is_big_endian ? i : size - 1 - i];
  return value;
}

enum { ORIENTATION = 0x0112, SHORT = 3, ENTRY = 12 };

/* One tag of the first directory is all that is wanted, so nothing else in the data is looked at. */
int ferm_exif_orientation(const uint8_t *bytes, size_t count) {
  if (count >= 6 && memcmp(bytes, "Exif\0", 6) == 0) { /* JPEG has it, PNG and WebP leave it out */
    bytes += 6;
    count -= 6;
  }
  if (count < 8) return 1;
  int big = memcmp(bytes, "MM\0*", 4) == 0;
  if (!big && memcmp(bytes, "II*\0", 4) != 0) return 1;
  size_t start = number(bytes + 4, 4, big);
  if (start > count - 2) return 1;
  size_t entries = number(bytes + start, 2, big), room = (count - 2 - start) / ENTRY;
  const uint8_t *entry = bytes + start + 2;
  for (size_t i = 0; i < entries && i < room; i++, entry += ENTRY) {
    if (number(entry, 2, big) != ORIENTATION) continue;
    if (number(entry + 2, 2, big) != SHORT || number(entry + 4, 4, big) == 0) return 1;
    unsigned orientation = number(entry + 8, 2, big);
    return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
  }
  return 1;
}

/* value * factor / 255, to the nearest */
static uint8_t scaled(unsigned value, unsigned factor) { return (uint8_t)((value * factor + 127) / 255); }

void ferm_flatten_alpha(uint8_t *pixels, size_t count, int channels, ferm_background background) {
  /* The luma of spec section 8. */
  unsigned luma = (19595u * background.red + 38470u * background.green + 7471u * background.blue + 32768u) >> 16;
  unsigned ground[3] = {channels == 1 ? luma : background.red, background.green, background.blue};
  const uint8_t *from = pixels;
  for (size_t i = 0; i < count; i++) {
    unsigned alpha = from[channels];
    for (int c = 0; c < channels; c++) {
      unsigned value = *from++;
      *pixels++ = value >= ground[c] ? (uint8_t)(ground[c] + scaled(value - ground[c], alpha))
                                     : (uint8_t)(ground[c] - scaled(ground[c] - value, alpha));
    }
    from++;
  }
}

void ferm_flatten_inks(uint8_t *pixels, size_t count, int inverted) {
  unsigned flip = inverted ? 0 : 255; /* Adobe writes 255 for no ink */
  const uint8_t *from = pixels;
  for (size_t i = 0; i < count; i++, from += 4) {
    unsigned black = from[3] ^ flip;
    for (int c = 0; c < 3; c++) *pixels++ = scaled(from[c] ^ flip, black);
  }
}
