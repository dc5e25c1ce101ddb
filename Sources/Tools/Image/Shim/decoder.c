#include "decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libexif/exif-data.h>

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

static const uint8_t signature[6] = {'E', 'x', 'i', 'f', 0, 0};
enum { MOST_EXIF = 1 << 20 }; /* with a thumbnail; more is not worth parsing */

int ferm_exif_orientation(const uint8_t *bytes, size_t count) {
  if (count < 8 || count > MOST_EXIF) return 1;
  uint8_t *copy = NULL;
  if (memcmp(bytes, signature, sizeof signature) != 0) { /* PNG and WebP leave out what libexif wants to see */
    copy = malloc(count + sizeof signature);
    if (!copy) return 1;
    memcpy(copy, signature, sizeof signature);
    memcpy(copy + sizeof signature, bytes, count);
    bytes = copy;
    count += sizeof signature;
  }
  int orientation = 1;
  ExifData *data = exif_data_new();
  if (data) {
    exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION); /* read only: repair nothing */
    exif_data_load_data(data, bytes, (unsigned)count);
    ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
      orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
  }
  free(copy);
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
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
